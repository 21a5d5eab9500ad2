import { runPrepared, type Transaction } from '@spectra/database';
import type { ToolResult } from '@spectra/schemas';
import type { Job } from '../core/job.ts';
import { changedFields, jobSelection, updateOf } from './job-columns.ts';
import type { CountedMove } from './job-counts.ts';
import type { KnownJob } from './known-jobs.ts';
import type { jobs } from './tables.ts';

export type JobRow = typeof jobs.$inferSelect;

/** The database's own time, so that several instances and a wrong machine clock agree on leases. */
export const nowMsText = 'floor(extract(epoch from clock_timestamp()) * 1000)::float8';

const lockStatement = {
  name: 'lock-jobs',
  text: `select ${jobSelection}, ${nowMsText} as "nowMs" from jobs j
    where j.job_id = any($1::uuid[]) order by j.job_id for update`,
};

/** Locks jobs for the rest of the transaction, in one order for everybody, so that nobody waits in a circle. */
export async function lockJobs(
  tx: Transaction,
  jobIds: readonly string[],
): Promise<{ jobs: Map<string, KnownJob>; nowMs: number }> {
  const rows = await runPrepared<Job & { nowMs: number }>(tx, lockStatement, [[...new Set(jobIds)]]);
  // Each row tells when it was locked; the last lock may have waited for the others.
  const nowMs = rows.reduce((latest, row) => Math.max(latest, row.nowMs), 0);
  return {
    jobs: new Map(rows.map(({ nowMs: _lockedAt, ...job }) => [job.jobId, { job, version: null }])),
    nowMs,
  };
}

const clockStatement = { name: 'clock', text: `select ${nowMsText} as "nowMs"` };

/** The database's time. */
export async function readClock(tx: Transaction): Promise<number> {
  const [row] = await runPrepared<{ nowMs: number }>(tx, clockStatement, []);
  return row?.nowMs ?? 0;
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

/**
 * Stores what changed and what tools answered, and counts it, in one statement and one order for everybody; what no index
 * holds is then rewritten in its place. Answers the version of all that was written; null when nothing was.
 */
export async function saveJobs(
  tx: Transaction,
  changes: readonly { before: KnownJob; after: Job }[],
  results: ReadonlyMap<string, ToolResult>,
): Promise<string | null> {
  const fields = changedFields(changes.map(({ before, after }) => ({ before: before.job, after })));
  if (fields.length === 0) return null;
  const saved = changes
    .map(({ before, after: job }) => ({
      job,
      version: before.version,
      result: results.get(job.jobId) ?? null,
    }))
    .toSorted((left, right) => (left.job.jobId < right.job.jobId ? -1 : 1));
  const { statement, values } = updateOf(fields, saved, movesOf(changes));
  const [written] = await Promise.all([
    runPrepared<{ version: string }>(tx, statement, values),
    saveLanes(tx, changes),
  ]);
  return written[0]?.version ?? null;
}

/** Who changed its status left one count and came to another. */
function movesOf(changes: readonly { before: KnownJob; after: Job }[]): CountedMove[] {
  return changes
    .filter(({ before, after }) => before.job.status !== after.status)
    .flatMap(({ before, after }) => [
      { ...after, jobs: 1 },
      { ...before.job, jobs: -1 },
    ]);
}

/** A job that narrows its choice of tools stands in another lane. */
async function saveLanes(
  tx: Transaction,
  changes: readonly { before: KnownJob; after: Job }[],
): Promise<void> {
  const moved = changes
    .filter(({ before, after }) => laneOf(before.job.equipmentIds) !== laneOf(after.equipmentIds))
    .map(({ after }) => after);
  if (moved.length === 0) return;
  const statement = {
    name: 'save-lanes',
    text: `update jobs j set lane = s.lane
      from unnest($1::uuid[], $2::text[]) as s(job_id, lane) where j.job_id = s.job_id`,
  };
  await runPrepared(tx, statement, [
    moved.map((job) => job.jobId),
    moved.map((job) => laneOf(job.equipmentIds)),
  ]);
}

function msOf(date: Date | null): number | null {
  return date === null ? null : date.getTime();
}
