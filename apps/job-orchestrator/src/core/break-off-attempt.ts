import type { Artifact } from '@spectra/schemas';
import type { Effect, Situation } from './decision.ts';
import { attemptEnded, waferStateOf, type Job } from './job.ts';
import { afterFailure } from './retry-policy.ts';

/** Why an attempt did not complete. */
export type Breakdown = {
  code: string;
  message: string;
  transient: boolean;
  workerLost: boolean;
  artifacts: readonly Artifact[];
};

/**
 * Ends an attempt that did not complete: another try, a hold or the final failure with its dead letter. Once
 * the wafer was exposed, only the tool that holds it may go on.
 */
export function breakOffAttempt(
  job: Job,
  breakdown: Breakdown,
  situation: Situation,
): { job: Job; effects: Effect[] } {
  const next = afterFailure(
    {
      ...breakdown,
      wafer: waferStateOf(job),
      retryCount: job.retryCount,
      maxRetries: job.maxRetries,
    },
    situation.retry,
    situation.chance,
  );
  const endedByWorker = !breakdown.workerLost;
  const told = { error_message: breakdown.message, error_code: breakdown.code };
  const error = { errorMessage: breakdown.message, errorCode: breakdown.code, endedByWorker };
  const common = endEffects(next.kind, breakdown);
  switch (next.kind) {
    case 'retry': {
      const waiting = attemptEnded(
        job,
        'retry_later',
        {
          ...error,
          retryCount: job.retryCount + 1,
          runAtMs: situation.nowMs + next.delayMs,
          equipmentIds: toolsForNextAttempt(job),
        },
        situation.nowMs,
      );
      return withEvent(waiting, common, {
        type: 'spectra.run.retrying',
        extra: { ...told, retryable: true },
      });
    }
    case 'hold': {
      const held = attemptEnded(
        job,
        'hold',
        { ...error, heldReason: next.reason, equipmentIds: toolsForNextAttempt(job) },
        situation.nowMs,
      );
      return withEvent(held, common, { type: 'spectra.run.held', extra: { ...told, message: next.reason } });
    }
    case 'fail': {
      const failed = attemptEnded(
        job,
        'fail',
        { ...error, equipmentIds: toolsForNextAttempt(job) },
        situation.nowMs,
      );
      const letter: Effect = { kind: 'dead-letter', reason: next.reason, code: breakdown.code };
      return withEvent(failed, [...common, letter], {
        type: 'spectra.run.failed',
        extra: { ...told, retryable: breakdown.transient, artifacts: [...breakdown.artifacts] },
      });
    }
  }
}

/** An exposed wafer stays in its tool. */
export function toolsForNextAttempt(job: Job): readonly string[] {
  const bound = waferStateOf(job) !== 'unexposed' && job.equipmentId !== null;
  return bound && job.equipmentId !== null ? [job.equipmentId] : job.equipmentIds;
}

function endEffects(ending: string, breakdown: Breakdown): Effect[] {
  const effects: Effect[] = [
    { kind: 'release-lease' },
    { kind: 'end-attempt', ending, error: `${breakdown.code}: ${breakdown.message}` },
  ];
  if (breakdown.artifacts.length > 0) effects.push({ kind: 'artifacts', artifacts: breakdown.artifacts });
  return effects;
}

function withEvent(
  job: Job,
  effects: readonly Effect[],
  event: Omit<Extract<Effect, { kind: 'event' }>, 'kind'>,
): { job: Job; effects: Effect[] } {
  return { job, effects: [...effects, { kind: 'event', ...event }] };
}
