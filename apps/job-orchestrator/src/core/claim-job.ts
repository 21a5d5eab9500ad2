import { changed, type Job } from './job.ts';
import { unchanged, type Decision, type Situation } from './decision.ts';
import { isWaiting } from './transitions.ts';

/** What a worker says to start a job that it was woken for. */
export type ClaimCommand = { dispatch: number; workerId: string };

export type ClaimReply =
  | { granted: true; attempt: number; leaseToken: number }
  | { granted: false; reason: string };

/**
 * Gives a waiting job to a worker: raises the attempt, and grants the tool under a token higher than any
 * before. Only the latest dispatch counts, so a repeated or late wake-up starts nothing.
 */
export function claimJob(job: Job, command: ClaimCommand, situation: Situation): Decision<ClaimReply> {
  const refusal = refusalOf(job, command, situation);
  if (refusal !== null) return unchanged(job, { granted: false, reason: refusal });
  const attempt = job.attempt + 1;
  const leaseToken = (situation.lease?.token ?? 0) + 1;
  const running = changed(job, 'claim', {
    attempt,
    endedByWorker: false,
    progress: 0,
    currentStep: 'Starting',
    etaS: null,
    workerId: command.workerId,
    leaseExpiresAtMs: situation.nowMs + situation.leaseTtlMs,
    runAtMs: null,
    startedAtMs: job.startedAtMs ?? situation.nowMs,
    attemptStartedAtMs: situation.nowMs,
    timeLimitHit: false,
    logLinesBefore: job.logLines,
    errorMessage: null,
    errorCode: null,
  });
  return {
    job: running,
    effects: [
      ...(job.equipmentId === null ? [] : [{ kind: 'grant-lease', token: leaseToken } as const]),
      { kind: 'event', type: 'spectra.run.started', extra: {} },
    ],
    reply: { granted: true, attempt, leaseToken },
  };
}

function refusalOf(job: Job, command: ClaimCommand, { lease }: Situation): string | null {
  if (!isWaiting(job.status)) return `the job is ${job.status}`;
  if (job.dispatchedAtMs === null) return 'the job went back to its queue';
  if (command.dispatch !== job.dispatch) return 'a later dispatch of this job counts';
  if (lease !== null && lease.jobId !== null) return `the tool is held by job ${lease.jobId}`;
  return null;
}
