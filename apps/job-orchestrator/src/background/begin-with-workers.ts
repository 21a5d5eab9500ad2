import { offersSubject, workerOfferSchema, workerRpc, workerService, type TakenJob } from '@spectra/schemas';
import type { Part } from '@spectra/service-kit';
import type { CommandDesk } from '../command-desk.ts';
import type { Foundation } from '../context.ts';
import { handBack } from '../core/hand-back.ts';
import type { StandingWorkers } from '../core/standing-workers.ts';
import type { JobMetrics } from '../job-metrics.ts';
import { markClaim } from '../mark-claim.ts';

/** A worker that says nothing for so long is taken its jobs back. */
const beginTimeoutMs = 2_000;

/** Hears which workers stand by. */
export function createOfferListener({ messaging }: Foundation, standing: StandingWorkers): Part {
  let stop = (): void => undefined;
  return {
    name: 'offers',
    start: async () => {
      const subscription = messaging.connection.subscribe(offersSubject(), {
        callback: (error, message) => {
          if (error) return;
          const offer = workerOfferSchema.safeParse(readJson(message.string()));
          if (offer.success) standing.offered(offer.data);
        },
      });
      stop = () => subscription.unsubscribe();
    },
    stop: async () => stop(),
  };
}

/** Tells workers to begin what was given to them with its creation; what one does not take goes back to its line. */
export function createBeginner(
  { messaging, logger }: Foundation,
  { commands, standing, metrics }: { commands: CommandDesk; standing: StandingWorkers; metrics: JobMetrics },
): (queue: string, jobsOf: ReadonlyMap<string, TakenJob[]>) => void {
  const begin = async (queue: string, workerId: string, jobs: readonly TakenJob[]): Promise<void> => {
    for (const job of jobs) markClaim(job, { queue, workerId });
    const answer = await messaging.call(workerService(queue, workerId), workerRpc.begin, {
      body: { jobs: [...jobs] },
      timeoutMs: beginTimeoutMs,
    });
    if (answer.ok) return;
    standing.gone(queue, workerId);
    const reason = `The worker did not begin: ${answer.refusal.detail}`;
    logger.warn(
      { queue, workerId, jobs: jobs.length, refusal: answer.refusal },
      'jobs go back to their line',
    );
    await Promise.all(
      jobs.map(({ spec, attempt }) =>
        commands.asSystem({
          jobId: spec.job_id,
          decide: (job, situation) => handBack(job, { attempt, reason }, situation),
        }),
      ),
    );
  };
  return (queue, jobsOf) => {
    for (const [workerId, jobs] of jobsOf) {
      metrics.started(jobs.map(() => ({ queue, waitedMs: 0 })));
      // What is left undone here, the worker asks for with its next poll, and the reaper finds by the lease.
      begin(queue, workerId, jobs).catch((error: unknown) =>
        logger.error({ err: error, queue, workerId }, 'jobs could not be begun nor taken back'),
      );
    }
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
