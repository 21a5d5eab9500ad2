import { pause } from '../until.ts';
import type { Experiment } from './experiment.ts';

/** The object store is away while runs end: none fails over it, and rows and files agree once it is back. */
export const objectStoreAway: Experiment = {
  id: 'F13',
  title: 'object store down',
  load: { spreadMs: 4_000, implants: 0.8, anneals: 0.2 },
  async strike({ platform, draw, note }) {
    await pause(draw.between(300, 1_500));
    platform.takeObjectsAway();
    const awayAt = new Date();
    await pause(draw.between(3_000, 9_000));
    const ended = await platform.sql<{ count: number }>(
      `select count(*)::float8 count from orchestrator.jobs where run_id is not null and completed_at > $1`,
      [awayAt],
    );
    note('runs that ended meanwhile', ended[0]?.count ?? 0);
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
