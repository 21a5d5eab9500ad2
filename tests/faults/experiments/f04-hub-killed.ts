import { pause } from '../until.ts';
import type { Experiment } from './experiment.ts';

/** Nobody takes the frames and the artifact store is away: runs go on, files follow when it is back. */
export const hubKilled: Experiment = {
  id: 'F4',
  title: 'kill -9 telemetry hub, artifact store down',
  load: { timeScale: 20, spreadMs: 4_000 },
  async strike({ platform, draw, note }) {
    await pause(draw.between(500, 2_000));
    platform.takeObjectsAway();
    await platform.service('telemetry-hub').end('SIGKILL');
    const ended = await platform.sql<{ count: number }>(endedRuns);
    await pause(draw.between(2_000, 4_000));
    const later = await platform.sql<{ count: number }>(endedRuns);
    note('runs that ended without hub and store', (later[0]?.count ?? 0) - (ended[0]?.count ?? 0));
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

const endedRuns = `select count(*)::float8 count from orchestrator.jobs where status = 'completed' and run_id is not null`;
