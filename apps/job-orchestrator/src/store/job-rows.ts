import { runPrepared, type Transaction } from '@spectra/database';
import type { Job } from '../core/job.ts';
import { changedFields, jobSelection, updateOf } from './job-columns.ts';
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
): Promise<{ jobs: Map<string, Job>; nowMs: number }> {
  const rows = await runPrepared<Job & { nowMs: number }>(tx, lockStatement, [[...new Set(jobIds)]]);
  // Each row tells when it was locked; the last lock may have waited for the others.
  const nowMs = rows.reduce((latest, row) => Math.max(latest, row.nowMs), 0);
  return { jobs: new Map(rows.map(({ nowMs: _lockedAt, ...job }) => [job.jobId, job])), nowMs };
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
 * Stores what changed, and nothing else: jobs that changed in the same fields share a statement. What no index
 * holds is then rewritten in its place.
 */
export async function saveJobs(
  tx: Transaction,
  changes: readonly { before: Job; after: Job }[],
): Promise<void> {
  const alike = Map.groupBy(changes, ({ before, after }) => changedFields(before, after).join());
  await Promise.all([
    ...[...alike.values()].map(async (group) => {
      const [first] = group;
      if (first === undefined) return;
      const fields = changedFields(first.before, first.after);
      if (fields.length === 0) return;
      const { statement, values } = updateOf(
        fields,
        group.map(({ after }) => after),
      );
      await runPrepared(tx, statement, values);
    }),
    saveLanes(tx, changes),
  ]);
}

/** A job that narrows its choice of tools stands in another lane. */
async function saveLanes(tx: Transaction, changes: readonly { before: Job; after: Job }[]): Promise<void> {
  const moved = changes
    .filter(({ before, after }) => laneOf(before.equipmentIds) !== laneOf(after.equipmentIds))
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
