import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';
import { experiments } from './experiments/experiments.ts';
import { keepRound, keptResults } from './kept-rounds.ts';
import { FaultPlatform } from './platform/fault-platform.ts';
import { otherVersion } from './platform/other-version.ts';
import { passed, replays, table } from './report.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    from: { type: 'string', default: '1' },
    round: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
    jobs: { type: 'string', default: '200' },
    parallel: { type: 'string', default: '1' },
    'other-version': { type: 'string' },
    kept: { type: 'string' },
  },
});

const say = (line: string) => void process.stdout.write(`${line}\n`);
const seed = values.seed === undefined ? randomInt(1, 1_000_000) : whole('seed', values.seed);
const jobs = whole('jobs', values.jobs);
const single = values.round === undefined ? null : whole('round', values.round);
const wanted = values.only?.split(',') ?? experiments.map(({ id }) => id);
const unknown = wanted.filter((id) => !experiments.some((experiment) => experiment.id === id));
if (unknown.length > 0) {
  throw new Error(
    `--only: there is no experiment ${unknown.join(', ')}; there are ${experiments.map(({ id }) => id).join(', ')}`,
  );
}

// Nothing of a campaign outlives it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void Promise.all([...FaultPlatform.open].map((platform) => platform.close())).finally(() =>
      process.exit(1),
    );
  });
}

process.exitCode = (values.kept === undefined ? await play() : tellKept(values.kept)) ? 0 : 1;

async function play(): Promise<boolean> {
  say(`seed ${seed}, ${jobs} jobs a round`);
  const results = await runCampaign({
    experiments: experiments.filter(({ id }) => wanted.includes(id)),
    rounds: single === null ? whole('rounds', values.rounds) : 1,
    firstRound: single ?? whole('from', values.from),
    seed,
    jobs,
    parallel: whole('parallel', values.parallel),
    otherVersion: values['other-version'] === undefined ? null : await otherVersion(values['other-version']),
    keep: keepRound,
    say,
  });
  say(`\nseed ${seed}, ${jobs} jobs a round\n${table(results)}`);
  for (const command of replays(results, seed, jobs)) say(`replay: ${command}`);
  return results.every(passed);
}

/** The table of everything played since a moment, in however many pieces. */
function tellKept(since: string): boolean {
  const moment = new Date(since);
  if (Number.isNaN(moment.getTime()))
    throw new Error(`--kept is a date and time, such as 2026-01-31T08:00:00Z, not "${since}"`);
  const results = keptResults(
    experiments.filter(({ id }) => wanted.includes(id)),
    moment,
  );
  say(table(results));
  return results.every(passed);
}

function whole(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--${name} is a whole number from 1 on, not "${text}"`);
  return number;
}
