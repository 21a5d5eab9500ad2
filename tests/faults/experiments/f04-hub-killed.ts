import type { FaultPlatform } from '../platform/fault-platform.ts';
import { pause, seen, until } from '../until.ts';
import type { Experiment } from './experiment.ts';

/** Nobody takes the frames and the artifact store is away: runs go on, files follow when it is back. */
export const hubKilled: Experiment = {
  id: 'F4',
  title: 'kill -9 telemetry hub, artifact store down',
  load: { spreadMs: 4_000, paced: { runs: 10, timeScale: 4, anneals: 0.2 } },
  async strike({ platform, draw, note, watching }) {
    await pause(draw.between(100, 1_500));
    await seen(() => watching() > 0, 10_000);
    platform.takeObjectsAway();
    await platform.service('telemetry-hub').end('SIGKILL');
    const killedAt = new Date();
    await pause(draw.between(500, 3_000));
    const ended = await until(
      'a run ends without hub and store',
      () => runsEndedSince(platform, killedAt),
      30_000,
    );
    note('runs that ended without hub and store', ended);
    await platform.service('telemetry-hub').start();
    await pause(draw.between(0, 1_500));
    platform.bringObjectsBack();
  },
  proof: ({ viewers, notes }) => ({
    'streams that broke and went on': viewers.filter((one) => one.closeCodes.length > 1).length,
    'runs that ended without hub and store': notes['runs that ended without hub and store'] ?? 0,
  }),
  breaches: ({ jobs }) =>
    jobs.flatMap((job) =>
      job.runId !== null && (job.status === 'failed' || job.status === 'held')
        ? [
            `run ${job.runId} is ${job.status} because its files could not be stored: ${job.heldReason ?? job.errorMessage}`,
          ]
        : [],
    ),
};

/** Null while there is none. */
export async function runsEndedSince(platform: FaultPlatform, at: Date): Promise<number | null> {
  const rows = await platform.sql<{ count: number }>(
    `select count(*)::float8 count from orchestrator.jobs
     where status = 'completed' and run_id is not null and completed_at > $1`,
    [at],
  );
  return rows[0]?.count || null;
}
