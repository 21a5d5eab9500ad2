import { afterAll, expect, test } from 'vitest';
import { runCampaign } from './campaign.ts';
import { experiments } from './experiments/experiments.ts';
import { FaultPlatform } from './platform/fault-platform.ts';
import { replays, table } from './report.ts';

// The short campaign: one round of the most telling experiments with a fresh seed each time, on one platform. The long
// one is `./spectra faults --rounds 20`.

const told = ['F1', 'F2', 'F3', 'F5', 'F9', 'F10'];
const jobs = 25;

afterAll(() => Promise.all([...FaultPlatform.open].map((platform) => platform.close())));

test(`nothing is lost or done twice through ${told.join(', ')}`, async () => {
  const seed = Math.floor(Math.random() * 1_000_000) + 1;
  const lines: string[] = [];
  const results = await runCampaign({
    experiments: experiments.filter(({ id }) => told.includes(id)),
    rounds: 1,
    firstRound: 1,
    seed,
    jobs,
    say: (line) => void lines.push(line),
  });
  const report = [`seed ${seed}`, ...lines, table(results), ...replays(results, seed, jobs)].join('\n');
  expect(
    results.flatMap(({ rounds }) => rounds.flatMap(({ breaches }) => breaches)),
    report,
  ).toEqual([]);
  for (const { id, rounds } of results)
    expect(
      rounds.some(({ hit }) => hit),
      `${id} never hit\n${report}`,
    ).toBe(true);
}, 480_000);
