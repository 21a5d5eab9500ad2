import type { Transaction } from '@spectra/database';
import { sql, type SQL } from 'drizzle-orm';
import type { Job } from '../core/job.ts';
import { jobs } from './tables.ts';

export type JobRow = typeof jobs.$inferSelect;

/** The database's own time, so that several instances and a wrong machine clock agree on leases. */
export const databaseNowMs: SQL<number> = sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::float8`;

/** Locks jobs for the rest of the transaction, in one order for everybody, so that nobody waits in a circle. */
export async function lockJobs(
  tx: Transaction,
  jobIds: readonly string[],
): Promise<{ jobs: Map<string, Job>; nowMs: number }> {
  const rows = await tx
    .select({ job: jobs, nowMs: databaseNowMs })
    .from(jobs)
    .where(sql`${jobs.jobId} = any(${sql.param([...new Set(jobIds)])}::uuid[])`)
    .orderBy(jobs.jobId)
    .for('update');
  const found = new Map(rows.map((row) => [row.job.jobId, jobOf(row.job)]));
  // Each row tells when it was locked; the last lock may have waited for the others.
  const nowMs = rows.reduce((latest, row) => Math.max(latest, row.nowMs), 0);
  return { jobs: found, nowMs };
}

/** A stored row as the decisions see it. */
export function jobOf(row: JobRow): Job {
  const { dispatchedAt, leaseExpiresAt, runAt, startedAt, attemptStartedAt, completedAt, ...plain } = row;
  return {
    ...plain,
    dispatchedAtMs: msOf(dispatchedAt),
    leaseExpiresAtMs: msOf(leaseExpiresAt),
    runAtMs: msOf(runAt),
    startedAtMs: msOf(startedAt),
    attemptStartedAtMs: msOf(attemptStartedAt),
    completedAtMs: msOf(completedAt),
  };
}

/** The candidate tools in one word. */
export function laneOf(equipmentIds: readonly string[]): string {
  return [...equipmentIds].sort().join(',');
}

/** Stores the changed state of all these jobs in one statement. */
export async function saveJobs(
  tx: Transaction,
  changes: readonly { before: Job; after: Job }[],
): Promise<void> {
  if (changes.length === 0) return;
  const rows = JSON.stringify(changes.map(stateRow));
  await tx.execute(sql`
    update jobs j set
      status = s.status, cancel_requested = s.cancel_requested, cancel_reason = s.cancel_reason,
      time_limit_hit = s.time_limit_hit, progress = s.progress, current_step = s.current_step,
      eta_s = s.eta_s, attempt = s.attempt, ended_by_worker = s.ended_by_worker,
      retry_count = s.retry_count, dispatched_at = s.dispatched_at, equipment_ids = s.equipment_ids,
      lane = s.lane, worker_id = s.worker_id, lease_expires_at = s.lease_expires_at, run_at = s.run_at,
      started_at = s.started_at, attempt_started_at = s.attempt_started_at,
      completed_at = s.completed_at, error_message = s.error_message, error_code = s.error_code,
      held_reason = s.held_reason, log_lines = s.log_lines,
      -- An untouched checkpoint keeps its stored value and is not written again.
      checkpoint = case when s.checkpoint_changed then s.checkpoint else j.checkpoint end
    from jsonb_to_recordset(${rows}::jsonb) as s(
      job_id uuid, status text, cancel_requested boolean, cancel_reason text, time_limit_hit boolean,
      progress float8, current_step text, eta_s float8, attempt int, ended_by_worker boolean,
      retry_count int, dispatched_at timestamptz, equipment_ids text[], lane text, worker_id text,
      lease_expires_at timestamptz, run_at timestamptz, started_at timestamptz,
      attempt_started_at timestamptz, completed_at timestamptz, error_message text, error_code text,
      held_reason text, log_lines int, checkpoint_changed boolean, checkpoint jsonb)
    where j.job_id = s.job_id`);
}

function stateRow({ before, after }: { before: Job; after: Job }): Record<string, unknown> {
  const checkpointChanged = after.checkpoint !== before.checkpoint;
  return {
    job_id: after.jobId,
    status: after.status,
    cancel_requested: after.cancelRequested,
    cancel_reason: after.cancelReason,
    time_limit_hit: after.timeLimitHit,
    progress: after.progress,
    current_step: after.currentStep,
    eta_s: after.etaS,
    attempt: after.attempt,
    ended_by_worker: after.endedByWorker,
    retry_count: after.retryCount,
    dispatched_at: isoOf(after.dispatchedAtMs),
    equipment_ids: after.equipmentIds,
    lane: laneOf(after.equipmentIds),
    worker_id: after.workerId,
    lease_expires_at: isoOf(after.leaseExpiresAtMs),
    run_at: isoOf(after.runAtMs),
    started_at: isoOf(after.startedAtMs),
    attempt_started_at: isoOf(after.attemptStartedAtMs),
    completed_at: isoOf(after.completedAtMs),
    error_message: after.errorMessage,
    error_code: after.errorCode,
    held_reason: after.heldReason,
    log_lines: after.logLines,
    checkpoint_changed: checkpointChanged,
    checkpoint: checkpointChanged ? after.checkpoint : null,
  };
}

function msOf(date: Date | null): number | null {
  return date === null ? null : date.getTime();
}

function isoOf(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
