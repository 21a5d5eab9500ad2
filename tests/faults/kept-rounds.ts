import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keptFolder } from './campaign.ts';
import type { ExperimentResult } from './campaign.ts';
import type { Experiment } from './experiments/experiment.ts';
import type { RoundResult } from './round.ts';

/** A round as it is kept: a line of JSON, written when the round is over. */
interface KeptRound extends RoundResult {
  readonly at: string;
  readonly experiment: string;
}

const file = join(keptFolder, 'rounds.jsonl');

/** Writes the round behind those of earlier campaigns: one that is stopped in the middle loses none. */
export function keepRound({ id }: Experiment, result: RoundResult): void {
  mkdirSync(keptFolder, { recursive: true });
  const kept: KeptRound = { at: new Date().toISOString(), experiment: id, ...result };
  appendFileSync(file, `${JSON.stringify(kept)}\n`);
}

/** Every kept round since the moment, by experiment, in the order of the fault table. */
export function keptResults(experiments: readonly Experiment[], since: Date): ExperimentResult[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const kept = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as KeptRound]));
  const rounds = Map.groupBy(
    kept.filter(({ at }) => Date.parse(at) >= since.getTime()),
    ({ experiment }) => experiment,
  );
  return experiments.flatMap(({ id, title }) => {
    const own = rounds.get(id);
    return own === undefined ? [] : [{ id, title, rounds: own }];
  });
}
