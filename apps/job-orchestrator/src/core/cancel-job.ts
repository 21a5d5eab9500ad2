import { accept, refuse, type JobStatus, type Result } from '@spectra/schemas';
import { unchanged, type Decision, type Situation } from './decision.ts';
import { attemptEnded, type Job } from './job.ts';
import { isTerminal } from './transitions.ts';

/** Somebody wants a job to stop. */
export type CancelCommand = {
  reason: string;
  userId: string;
  /** The caller may stop only what they started themselves. */
  ownOnly: boolean;
};

export type CancelReply = Result<{ status: JobStatus; cancelRequested: boolean }>;

/**
 * Stops a job: at once while no worker has it, else by a durable request that the worker answers with safe
 * state. Asking again changes nothing; a finished job is refused.
 */
export function cancelJob(job: Job, command: CancelCommand, situation: Situation): Decision<CancelReply> {
  if (command.ownOnly && job.userId !== command.userId) {
    return unchanged(
      job,
      refuse('permission_denied', 'Permission denied: only your own runs may be cancelled'),
    );
  }
  if (isTerminal(job.status)) {
    return unchanged(job, refuse('illegal_transition', `The job is already ${job.status}`));
  }
  if (job.status !== 'running') return cancelAtOnce(job, command, situation);
  if (job.cancelRequested && !job.timeLimitHit) return unchanged(job, replyOf(job));
  const stopping = { ...job, cancelRequested: true, cancelReason: command.reason, timeLimitHit: false };
  return {
    job: stopping,
    effects: [
      { kind: 'event', type: 'spectra.run.cancel_requested', extra: { message: command.reason } },
      { kind: 'notify-cancel' },
    ],
    reply: replyOf(stopping),
  };
}

function cancelAtOnce(job: Job, { reason }: CancelCommand, { nowMs }: Situation): Decision<CancelReply> {
  const cancelled = attemptEnded(
    job,
    'cancel',
    { endedByWorker: false, cancelRequested: true, cancelReason: reason, runAtMs: null },
    nowMs,
  );
  return {
    job: cancelled,
    effects: [
      { kind: 'event', type: 'spectra.run.cancelled', extra: { message: reason, safe_state_at: null } },
    ],
    reply: replyOf(cancelled),
  };
}

function replyOf(job: Job): CancelReply {
  return accept({ status: job.status, cancelRequested: job.cancelRequested });
}
