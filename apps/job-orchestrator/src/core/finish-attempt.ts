import type { Artifact, AttemptOutcome, JobLogLine, JobStatus } from '@spectra/schemas';
import { breakOffAttempt, toolsForNextAttempt } from './break-off-attempt.ts';
import { unchanged, type Decision, type Effect, type Situation } from './decision.ts';
import { attemptEnded, waferStateOf, type Job } from './job.ts';
import { appendLogs, isStale } from './record-heartbeat.ts';

/** How a worker says that its attempt is over. */
export type FinishCommand = {
  attempt: number;
  /** How far it came, which no heartbeat may have told yet; absent from workers that do not tell. */
  progress?: number | undefined;
  currentStep: string;
  outcome: AttemptOutcome;
  logs: readonly JobLogLine[];
  /** As with a heartbeat. */
  logsBefore?: number | undefined;
};

export type FinishReply = { accepted: boolean; status: JobStatus };

/** Error code of an attempt that the time limit ended. */
export const timeLimitCode = 'time_limit_exceeded';

/**
 * Ends the present attempt as its worker tells. A stale attempt changes nothing; the same word said twice
 * (its answer was lost) is accepted twice and counts once.
 */
export function finishAttempt(job: Job, command: FinishCommand, situation: Situation): Decision<FinishReply> {
  if (isStale(job, command.attempt)) {
    const repeated = job.attempt === command.attempt && job.endedByWorker;
    return unchanged(job, { accepted: repeated, status: job.status });
  }
  const progress = Math.max(job.progress, command.progress ?? 0);
  const logged = appendLogs({ ...job, progress, currentStep: command.currentStep }, command);
  const ended = endAs(logged.job, command.outcome, situation);
  return {
    job: ended.job,
    effects: [...logged.effects, ...ended.effects],
    reply: { accepted: true, status: ended.job.status },
  };
}

function endAs(job: Job, outcome: AttemptOutcome, situation: Situation): { job: Job; effects: Effect[] } {
  switch (outcome.kind) {
    case 'completed':
      return complete(job, outcome, situation);
    case 'answered':
      return answered(job, outcome, situation);
    case 'failed':
      // A person asked to stop: a transient fault on the way down is no reason to start again.
      if (outcome.error.transient && job.cancelRequested) {
        const message = `Cancelled; while stopping: ${outcome.error.message}`;
        const { artifacts } = outcome;
        return endAs(job, { kind: 'cancelled', message, safe_state_at: null, artifacts }, situation);
      }
      return breakOffAttempt(
        job,
        { ...outcome.error, workerLost: false, artifacts: outcome.artifacts },
        situation,
      );
    case 'cancelled':
      return job.timeLimitHit ? timeLimitReached(job, outcome, situation) : cancel(job, outcome, situation);
    case 'held':
      return hold(job, outcome, situation);
  }
}

function complete(
  job: Job,
  { outcome, artifacts }: Extract<AttemptOutcome, { kind: 'completed' }>,
  { nowMs }: Situation,
): { job: Job; effects: Effect[] } {
  return {
    job: attemptEnded(job, 'complete', { endedByWorker: true, progress: 100 }, nowMs),
    effects: [
      { kind: 'release-lease' },
      { kind: 'end-attempt', ending: 'completed', error: null },
      { kind: 'outcome', outcome },
      { kind: 'artifacts', artifacts },
      { kind: 'event', type: 'spectra.run.completed', extra: { outcome, artifacts } },
    ],
  };
}

/** A tool's job completes like a run's, without an outcome of wafers and without a run to tell of it. */
function answered(
  job: Job,
  { result, artifacts }: Extract<AttemptOutcome, { kind: 'answered' }>,
  { nowMs }: Situation,
): { job: Job; effects: Effect[] } {
  return {
    job: attemptEnded(job, 'complete', { endedByWorker: true, progress: 100 }, nowMs),
    effects: [
      { kind: 'end-attempt', ending: 'completed', error: null },
      { kind: 'tool-result', result },
      { kind: 'artifacts', artifacts },
    ],
  };
}

function cancel(
  job: Job,
  { message, safe_state_at, artifacts }: Extract<AttemptOutcome, { kind: 'cancelled' }>,
  { nowMs }: Situation,
): { job: Job; effects: Effect[] } {
  return {
    job: attemptEnded(job, 'cancel', { endedByWorker: true }, nowMs),
    effects: [
      { kind: 'release-lease' },
      { kind: 'end-attempt', ending: 'cancelled', error: null },
      { kind: 'artifacts', artifacts },
      { kind: 'event', type: 'spectra.run.cancelled', extra: { message, safe_state_at, artifacts } },
    ],
  };
}

function hold(
  job: Job,
  outcome: Extract<AttemptOutcome, { kind: 'held' }>,
  situation: Situation,
): { job: Job; effects: Effect[] } {
  const { reason, artifacts, unfit_equipment_id: unfit } = outcome;
  const { nowMs } = situation;
  const others = unfit === undefined ? [] : toolsBeside(job, unfit);
  if (others.length > 0) return giveToOthers(job, { reason, artifacts, others }, situation);
  const fields = { endedByWorker: true, heldReason: reason, equipmentIds: toolsForNextAttempt(job) };
  return {
    job: attemptEnded(job, 'hold', fields, nowMs),
    effects: [
      { kind: 'release-lease' },
      { kind: 'end-attempt', ending: 'held', error: reason },
      { kind: 'artifacts', artifacts },
      { kind: 'event', type: 'spectra.run.held', extra: { message: reason, artifacts } },
    ],
  };
}

/** Tools that may take a run in place of one that cannot; none once a wafer saw energy, or somebody wants it to stop. */
function toolsBeside(job: Job, unfit: string): readonly string[] {
  if (job.cancelRequested || waferStateOf(job) !== 'unexposed') return [];
  return job.equipmentIds.filter((equipmentId) => equipmentId !== unfit);
}

/** Back to its line at once, and without counting as a retry: nothing failed. Each tool is tried once at most. */
function giveToOthers(
  job: Job,
  {
    reason,
    artifacts,
    others,
  }: { reason: string; artifacts: readonly Artifact[]; others: readonly string[] },
  { nowMs }: Situation,
): { job: Job; effects: Effect[] } {
  const message = `${reason}; it waits for ${others.join(' or ')}`;
  const fields = { endedByWorker: true, equipmentIds: others, runAtMs: null, currentStep: message };
  return {
    job: attemptEnded(job, 'retry_later', fields, nowMs),
    effects: [
      { kind: 'release-lease' },
      { kind: 'end-attempt', ending: 'retry', error: reason },
      { kind: 'artifacts', artifacts },
      { kind: 'event', type: 'spectra.run.retrying', extra: { message, retryable: true } },
    ],
  };
}

function timeLimitReached(
  job: Job,
  { artifacts }: Extract<AttemptOutcome, { kind: 'cancelled' }>,
  situation: Situation,
): { job: Job; effects: Effect[] } {
  const message = job.cancelReason ?? 'The time limit was reached';
  return breakOffAttempt(
    job,
    { code: timeLimitCode, message, transient: false, workerLost: false, artifacts },
    situation,
  );
}
