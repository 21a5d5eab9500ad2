import { breakOffAttempt } from './break-off-attempt.ts';
import { unchanged, type Decision, type Situation } from './decision.ts';
import { timeLimitCode } from './finish-attempt.ts';
import { attemptEnded, type Job } from './job.ts';
import { timeLimit } from './time-limits.ts';

/** What watching a running attempt led to. */
export type WatchReply = 'fine' | 'worker-lost' | 'asked-to-stop' | 'given-up';

/**
 * Looks at a running attempt: is its worker still there, is it in time? A lost worker frees its tool (the
 * tool itself went to safe state before the lease ran out, and refuses the old token from the next grant on).
 */
export function watchAttempt(job: Job, situation: Situation): Decision<WatchReply> {
  if (job.status !== 'running') return unchanged(job, 'fine');
  const { nowMs } = situation;
  if (job.leaseExpiresAtMs !== null && job.leaseExpiresAtMs <= nowMs) return workerLost(job, situation);
  const limit = timeLimit(job);
  const runningMs = nowMs - (job.attemptStartedAtMs ?? nowMs);
  if (runningMs >= limit.hardMs) return giveUp(job, situation);
  if (runningMs >= limit.softMs && !job.cancelRequested) return askToStop(job, limit.softMs);
  return unchanged(job, 'fine');
}

function workerLost(job: Job, situation: Situation): Decision<WatchReply> {
  if (job.cancelRequested && !job.timeLimitHit)
    return { ...cancelWithoutWorker(job, situation), reply: 'worker-lost' };
  const ended = breakOffAttempt(
    job,
    {
      code: 'worker_lost',
      message: `The worker ${job.workerId ?? ''} stopped answering`,
      transient: !job.timeLimitHit,
      workerLost: true,
      artifacts: [],
    },
    situation,
  );
  return { ...ended, reply: 'worker-lost' };
}

function cancelWithoutWorker(job: Job, { nowMs }: Situation): Omit<Decision<WatchReply>, 'reply'> {
  const message = 'Cancelled; the worker was lost, and the tool went to safe state by its own watchdog';
  return {
    job: attemptEnded(job, 'cancel', { endedByWorker: false }, nowMs),
    effects: [
      { kind: 'release-lease' },
      { kind: 'end-attempt', ending: 'cancelled', error: 'worker_lost' },
      { kind: 'event', type: 'spectra.run.cancelled', extra: { message, safe_state_at: null } },
    ],
  };
}

function giveUp(job: Job, situation: Situation): Decision<WatchReply> {
  const ended = breakOffAttempt(
    job,
    {
      code: timeLimitCode,
      message: 'The attempt passed its hard time limit and was given up',
      transient: false,
      workerLost: true,
      artifacts: [],
    },
    situation,
  );
  return { ...ended, reply: 'given-up' };
}

function askToStop(job: Job, softMs: number): Decision<WatchReply> {
  const reason = `The attempt passed its time limit of ${softMs / 60_000} min`;
  return {
    job: { ...job, cancelRequested: true, cancelReason: reason, timeLimitHit: true },
    effects: [
      { kind: 'event', type: 'spectra.run.cancel_requested', extra: { message: reason } },
      { kind: 'notify-cancel' },
    ],
    reply: 'asked-to-stop',
  };
}
