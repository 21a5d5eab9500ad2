import type { AttemptRecord, RunDossier } from '@spectra/schemas';
import type { AttemptEnding } from './compliance-rule.ts';

/**
 * How a run ended by the orchestrator's records alone: it was cancelled in its line, or its last worker was lost before
 * it could judge. These records do not change once the run has ended. Null for a run that is under way.
 */
export function endingOfRecords(dossier: RunDossier): AttemptEnding | null {
  const { run, attempts, last_checkpoint: reached } = dossier;
  const kind = endOf(run.status);
  if (kind === null) return null;
  const last = attempts.findLast((one) => one.attempt === run.attempt) ?? null;
  const lost = last !== null && wasLost(last);
  const completed = kind === 'completed';
  return {
    kind,
    reason: dossier.cancel_reason ?? run.error_message ?? run.held_reason ?? last?.error ?? null,
    attempt: run.attempt,
    gatesPassedAt: null,
    leaseToken: last?.lease_token ?? null,
    leaseKept: !lost,
    wafersAsked: run.wafers.length,
    wafersDone: completed ? (run.outcome?.wafers.length ?? 0) : (reached?.wafers_done ?? 0),
    exposed: completed || reached?.exposed === true,
    resumed: run.attempt > 1 && reached?.wafer_started === true,
    // A trip ends in a hold that the worker itself tells; only a lost one leaves it open.
    trip: lost ? 'unknown' : null,
    outcome: outcomeOf(run.outcome),
    framesRecorded: null,
    files: run.artifacts.map(({ kind: file, name, sha256 }) => ({ kind: file, name, sha256 })),
  };
}

function endOf(status: RunDossier['run']['status']): AttemptEnding['kind'] | null {
  switch (status) {
    case 'completed':
    case 'failed':
    case 'held':
    case 'cancelled':
      return status;
    case 'blocked':
    case 'queued':
    case 'running':
    case 'retrying':
      return null;
  }
}

/** The orchestrator ended the attempt without its worker: it stopped answering, or passed its hard time limit. */
function wasLost({ error }: AttemptRecord): boolean {
  return error !== null && /^(worker_lost|time_limit_exceeded)\b/.test(error);
}

function outcomeOf(outcome: RunDossier['run']['outcome']): AttemptEnding['outcome'] {
  if (outcome === null) return null;
  const { wafers, spc, spc_alerts_count: spcAlertsCount } = outcome;
  return { waferMetrics: wafers.map(({ metrics }) => metrics), spc, spcAlertsCount };
}
