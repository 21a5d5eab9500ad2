import { pause } from '../until.ts';
import type { Experiment } from './experiment.ts';

/** The object store is away while runs end: none fails over it, and rows and files agree once it is back. */
export const objectStoreAway: Experiment = {
  id: 'F13',
  title: 'object store down',
  load: { spreadMs: 4_000, implants: 0.8, anneals: 0.2 },
  async strike({ platform, draw, note }) {
    await pause(draw.between(300, 1_500));
    const atWork = await platform.sql<{ count: number }>(unfinished);
    platform.takeObjectsAway();
    await pause(draw.between(3_000, 9_000));
    const later = await platform.sql<{ count: number }>(unfinished);
    note(
      'runs that came to their files meanwhile',
      Math.max(0, (atWork[0]?.count ?? 0) - (later[0]?.count ?? 0)),
    );
    const touched = await platform.sql<{ count: number }>(
      `select count(*)::float8 count from orchestrator.jobs where run_id is not null and progress >= 85`,
    );
    note('runs at their files', touched[0]?.count ?? 0);
    platform.bringObjectsBack();
  },
  proof: ({ notes }) => ({ 'runs at their files': notes['runs at their files'] ?? 0 }),
  breaches: ({ jobs }) =>
    jobs.flatMap((job) =>
      job.runId !== null && (job.status === 'failed' || job.status === 'held')
        ? [
            `run ${job.runId} is ${job.status} because its files could not be stored: ${job.heldReason ?? job.errorMessage}`,
          ]
        : [],
    ),
};

const unfinished = `select count(*)::float8 count from orchestrator.jobs
  where run_id is not null and status in ('queued', 'running', 'retrying')`;
