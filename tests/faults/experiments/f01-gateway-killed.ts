import type { Evidence } from '../evidence/evidence.ts';
import { pause } from '../until.ts';
import type { Experiment } from './experiment.ts';

const resumesWithinMs = 5_000;

/** The gateway dies after the commit and before the answer: a repeat under the same key finds what was made. */
export const gatewayKilled: Experiment = {
  id: 'F1',
  title: 'kill -9 gateway between commit and response',
  load: { timeScale: 20, spreadMs: 5_000 },
  async strike({ platform, draw }) {
    for (let kills = draw.between(1, 3); kills > 0; kills -= 1) {
      await pause(draw.between(400, 1_500));
      // What is asked from here on is done, and the answer never reaches the gateway.
      platform.linesOf('gateway').nats.cut('replies-lost');
      await pause(draw.between(150, 500));
      await platform.service('gateway').end('SIGKILL');
      platform.linesOf('gateway').nats.heal();
      await pause(draw.between(0, 800));
      await platform.service('gateway').start();
    }
  },
  proof: (evidence) => ({
    'commits whose answer was lost': answersLost(evidence),
    'streams that broke and went on': evidence.viewers.filter((one) => one.closeCodes.length > 1).length,
  }),
  breaches: ({ viewers, healedMs }) =>
    viewers.flatMap(({ runId, messages }) => {
      const again = messages.find((message) => message.type === 'connected' && message.atMs > healedMs);
      const lateMs = again === undefined ? 0 : again.atMs - healedMs;
      return lateMs > resumesWithinMs
        ? [`the stream of ${runId} was resumed ${lateMs} ms after the heal`]
        : [];
    }),
};

/** Jobs that stood in Postgres before the call that finally told their id. */
function answersLost({ accepted, calls, jobs }: Evidence): number {
  const createdMs = new Map(jobs.map((job) => [job.jobId, job.createdMs]));
  return accepted.filter(({ jobId, idempotencyKey }) => {
    const tries = calls.filter((call) => call.idempotencyKey === idempotencyKey);
    const told = tries.at(-1);
    return told !== undefined && tries.length > 1 && (createdMs.get(jobId) ?? Infinity) < told.startedMs;
  }).length;
}
