import { unchanged, type Decision, type Situation } from './decision.ts';
import { attemptEnded, type Job } from './job.ts';
import { isStale } from './record-heartbeat.ts';

/**
 * Takes a job back from a worker that did not answer when it was told to begin: to its line at once, and without counting
 * as a retry, since nothing failed. Should the worker have begun nevertheless, its attempt is over. A job that somebody
 * wants to stop is left to the lease.
 */
export function handBack(
  job: Job,
  { attempt, reason }: { attempt: number; reason: string },
  { nowMs }: Situation,
): Decision<boolean> {
  if (isStale(job, attempt) || job.cancelRequested) return unchanged(job, false);
  const fields = { endedByWorker: false, runAtMs: null, currentStep: 'Queued' };
  return {
    job: attemptEnded(job, 'retry_later', fields, nowMs),
    effects: [
      { kind: 'release-lease' },
      { kind: 'end-attempt', ending: 'retry', error: reason },
      { kind: 'event', type: 'spectra.run.retrying', extra: { message: reason, retryable: true } },
    ],
    reply: true,
  };
}
