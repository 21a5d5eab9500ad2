import { afterAll, expect, test } from 'vitest';
import { runCampaign } from './campaign.ts';
import type { ExperimentResult } from './campaign.ts';
import { experiments } from './experiments/experiments.ts';
import { FaultPlatform } from './platform/fault-platform.ts';
import { replays, table } from './report.ts';

// The short campaign: one round of the most telling experiments with a fresh seed each time, on one platform. The long
// one is `./spectra faults --rounds 20`.

const told = ['F1', 'F2', 'F3', 'F5', 'F9', 'F10'];
const jobs = 25;
/** A fault that missed is tried again: a round counts only when its fault really hit. */
const roundsMax = 3;

afterAll(() => Promise.all([...FaultPlatform.open].map((platform) => platform.close())));

test(`nothing is lost or done twice through ${told.join(', ')}`, async () => {
  const seed = Math.floor(Math.random() * 1_000_000) + 1;
  const lines: string[] = [];
  const results: ExperimentResult[] = [];
  let wanted = experiments.filter(({ id }) => told.includes(id));
  for (let firstRound = 1; firstRound <= roundsMax && wanted.length > 0; firstRound += 1) {
    const played = await runCampaign({
      experiments: wanted,
      rounds: 1,
      firstRound,
      seed,
      jobs,
      parallel: 1,
      say: (line) => void lines.push(line),
    });
    results.push(...played);
    const missed = played.filter(({ rounds }) => !rounds.some(({ hit }) => hit));
    wanted = wanted.filter(({ id }) => missed.some((result) => result.id === id));
  }
  const report = [`seed ${seed}`, ...lines, table(results), ...replays(results, seed, jobs)].join('\n');
  const breaches = results.flatMap(({ rounds }) => rounds.flatMap((round) => round.breaches));
  expect(breaches, report).toEqual([]);
  expect(
    wanted.map(({ id }) => id),
    `these never hit\n${report}`,
  ).toEqual([]);
}, 600_000);
