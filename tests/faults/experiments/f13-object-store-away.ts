import { pause, until } from '../until.ts';
import type { Experiment } from './experiment.ts';
import { runsEndedSince } from './f04-hub-killed.ts';

/** The object store is away while runs end: none fails over it, and rows and files agree once it is back. */
export const objectStoreAway: Experiment = {
  id: 'F13',
  title: 'object store down',
  load: { spreadMs: 4_000, paced: { runs: 10, timeScale: 10, anneals: 0.2 } },
  async strike({ platform, draw, note }) {
    await pause(draw.between(300, 1_500));
    platform.takeObjectsAway();
    const awayAt = new Date();
    await pause(draw.between(1_000, 6_000));
    note(
      'runs that ended meanwhile',
      await until('a run ends meanwhile', () => runsEndedSince(platform, awayAt), 30_000),
    );
    platform.bringObjectsBack();
  },
  proof: ({ notes }) => ({ 'runs that ended meanwhile': notes['runs that ended meanwhile'] ?? 0 }),
  breaches: ({ jobs }) =>
    jobs
      .filter((job) => job.runId !== null && (job.status === 'failed' || job.status === 'held'))
      .map(
        (job) => `run ${job.runId} is ${job.status} over its files: ${job.heldReason ?? job.errorMessage}`,
      ),
};
