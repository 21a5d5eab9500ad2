import type { Evidence } from '../evidence/evidence.ts';
import { pause, seen, until } from '../until.ts';
import type { Experiment, Round } from './experiment.ts';

const resumesWithinMs = 5_000;

/** The gateway dies after the commit and before the answer: a repeat under the same key finds what was made. */
export const gatewayKilled: Experiment = {
  id: 'F1',
  title: 'kill -9 gateway between commit and response',
  load: { spreadMs: 5_000, paced: { runs: 10, timeScale: 4, anneals: 0.2 } },
  async strike(round) {
    const { platform, draw } = round;
    for (let kills = draw.between(1, 3); kills > 0; kills -= 1) {
      await pause(draw.between(100, 1_200));
      await seen(() => round.watching() > 0, 10_000);
      await commitUntold(round);
      await platform.service('gateway').end('SIGKILL');
      platform.linesOf('job-orchestrator').nats.heal();
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
      // Who came only afterwards had nothing to resume.
      if (!messages.some((message) => message.atMs < healedMs)) return [];
      const again = messages.find((message) => message.type === 'connected' && message.atMs > healedMs);
      const lateMs = again === undefined ? 0 : again.atMs - healedMs;
      return lateMs > resumesWithinMs
        ? [`the stream of ${runId} was resumed ${lateMs} ms after the heal`]
        : [];
    }),
};

/** The orchestrator hears and commits, and what it says is held back: a job stands that nobody was told of. */
async function commitUntold({ platform, load }: Round): Promise<void> {
  platform.linesOf('job-orchestrator').nats.cut('mute');
  const muteAt = new Date(Date.now() + 1);
  load.askNow();
  await until('a job is made that nobody was told of', () => madeSince(platform, muteAt), 10_000);
}

async function madeSince(platform: Round['platform'], at: Date): Promise<boolean> {
  const made = await platform.sql('select 1 from orchestrator.jobs where created_at > $1 limit 1', [at]);
  return made.length > 0;
}

/** Jobs that stood in Postgres before the call that finally told their id. */
function answersLost({ accepted, calls, jobs }: Evidence): number {
  const createdMs = new Map(jobs.map((job) => [job.jobId, job.createdMs]));
  return accepted.filter(({ jobId, idempotencyKey }) => {
    const tries = calls.filter((call) => call.idempotencyKey === idempotencyKey);
    const told = tries.at(-1);
    return told !== undefined && tries.length > 1 && (createdMs.get(jobId) ?? Infinity) < told.startedMs;
  }).length;
}
