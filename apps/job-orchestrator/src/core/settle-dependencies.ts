import type { Dependency, OnFailure } from '@spectra/schemas';
import { unchanged, type Decision, type Situation } from './decision.ts';
import { attemptEnded, changed, type Job } from './job.ts';

/** What looking at a blocked job's dependencies led to. */
export type SettleReply = 'not-blocked' | 'waits' | 'released' | 'held' | 'cancelled';

/**
 * Lets a blocked job into its queue once everything it depends on is completed. When one of these failed or was
 * cancelled, it cannot become what it was meant to be: it waits for a person, or is given up, as its creator said.
 */
export function settleDependencies(
  job: Job,
  upstream: { dependencies: readonly Dependency[]; onFailure: OnFailure },
  situation: Situation,
): Decision<SettleReply> {
  if (job.status !== 'blocked') return unchanged(job, 'not-blocked');
  const lost = upstream.dependencies.find(({ status }) => status === 'failed' || status === 'cancelled');
  if (lost !== undefined) return giveUpWaiting(job, lost, { ...situation, onFailure: upstream.onFailure });
  const unmet = upstream.dependencies.filter(({ status }) => status !== 'completed');
  if (unmet.length > 0) return unchanged(job, 'waits');
  return {
    job: changed(job, 'release', { currentStep: 'Queued' }),
    effects: [{ kind: 'event', type: 'spectra.run.queued', extra: {} }],
    reply: 'released',
  };
}

/** The words of `current_step` while a job is blocked. */
export function waitingStep(dependencies: readonly { jobId: string; runId: string | null }[]): string {
  const namedMax = 3;
  const names = dependencies.slice(0, namedMax).map(({ jobId, runId }) => runId ?? `job ${jobId}`);
  const rest = dependencies.length - names.length;
  return `Waits for ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function giveUpWaiting(
  job: Job,
  lost: Dependency,
  { nowMs, onFailure }: Situation & { onFailure: OnFailure },
): Decision<SettleReply> {
  const name = lost.run_id ?? `job ${lost.job_id}`;
  const reason = `${name}, on which this one depends, ${lost.status === 'failed' ? 'failed' : 'was cancelled'}`;
  if (onFailure === 'hold') {
    return {
      job: changed(job, 'hold', { heldReason: reason, currentStep: 'Held' }),
      effects: [{ kind: 'event', type: 'spectra.run.held', extra: { message: reason } }],
      reply: 'held',
    };
  }
  return {
    job: attemptEnded(job, 'cancel', { endedByWorker: false, cancelReason: reason }, nowMs),
    effects: [
      { kind: 'event', type: 'spectra.run.cancelled', extra: { message: reason, safe_state_at: null } },
    ],
    reply: 'cancelled',
  };
}
