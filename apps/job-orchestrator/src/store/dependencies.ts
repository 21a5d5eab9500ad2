import { runPrepared, type Transaction } from '@spectra/database';
import type { Dependency, JobStatus, OnFailure } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import type { KnownJob, Link } from '../core/plan-dependencies.ts';
import { waitingStep } from '../core/settle-dependencies.ts';

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The organisation's jobs among these names, under the name that asked for them: a job's id or its run's. */
export async function knownJobs(
  tx: Transaction,
  orgId: string,
  names: readonly string[],
): Promise<Map<string, KnownJob>> {
  const wanted = [...new Set(names)];
  if (wanted.length === 0) return new Map();
  const jobIds = wanted.filter((name) => uuidForm.test(name));
  const found = await tx.execute<KnownRow>(sql`
    select job_id, run_id, process, status from jobs
    where org_id = ${orgId}
      and (job_id = any(${sql.param(jobIds)}::uuid[]) or run_id = any(${sql.param(wanted)}::text[]))`);
  const known = new Map<string, KnownJob>();
  for (const { job_id: jobId, run_id: runId, process, status } of found.rows) {
    const job = { jobId, runId, process, status };
    for (const name of wanted) {
      if (name.toLowerCase() === jobId || name === runId) known.set(name, job);
    }
  }
  return known;
}

/** How a new job stands to others. */
export type NewJobLinks = {
  /** Given beforehand when others of the same batch depend on it. */
  jobId?: string;
  /** What it waits for; absent or all completed: it may start at once. */
  dependsOn?: readonly Link[];
  onFailure?: OnFailure | undefined;
  parentJobId?: string | null;
};

/** Where a new job stands: in its queue, or blocked until others are completed. */
export function startOf({ dependsOn }: NewJobLinks): { status: 'queued' | 'blocked'; currentStep: string } {
  const unmet = (dependsOn ?? []).filter(({ status }) => status !== 'completed');
  if (unmet.length === 0) return { status: 'queued', currentStep: 'Queued' };
  return { status: 'blocked', currentStep: waitingStep(unmet) };
}

/** Stores what new jobs of one organisation wait for; `jobIds` stand in the order of `newJobs`. */
export async function saveDependencies(
  tx: Transaction,
  orgId: string,
  { newJobs, jobIds }: { newJobs: readonly NewJobLinks[]; jobIds: readonly string[] },
): Promise<void> {
  const rows = newJobs.flatMap(({ dependsOn, onFailure }, index) =>
    (dependsOn ?? []).map((link) => ({
      job_id: jobIds[index],
      depends_on_job_id: link.jobId,
      on_failure: onFailure ?? 'hold',
    })),
  );
  if (rows.length === 0) return;
  await tx.execute(sql`
    insert into job_dependencies (org_id, job_id, depends_on_job_id, on_failure)
    select ${orgId}::uuid, l.job_id, l.depends_on_job_id, l.on_failure
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as l(job_id uuid, depends_on_job_id uuid, on_failure text)`);
}

/** What a job waits for, or waited for, as it stands now. */
export async function readDependencies(tx: Transaction, jobId: string): Promise<Dependency[]> {
  const found = await tx.execute<{ job_id: string; run_id: string | null; status: JobStatus }>(sql`
    select u.job_id, u.run_id, u.status
    from job_dependencies d join jobs u on u.job_id = d.depends_on_job_id
    where d.job_id = ${jobId} order by u.created_at, u.sequence`);
  return found.rows;
}

/** A blocked job that can be settled: everything it waits for is completed, or something of it is lost. */
export type Settleable = { jobId: string; onFailure: OnFailure; dependencies: Dependency[] };

const awaitedStatement = {
  name: 'awaited-jobs',
  text: `select exists (
    select 1 from job_dependencies where depends_on_job_id = any($1::uuid[])) as awaited`,
};

/** Whether any job depends on one of these; nearly always none does. */
export async function isAwaited(tx: Transaction, jobIds: readonly string[]): Promise<boolean> {
  if (jobIds.length === 0) return false;
  const [row] = await runPrepared<{ awaited: boolean }>(tx, awaitedStatement, [jobIds]);
  return row?.awaited === true;
}

/** At most so many are settled in one round; the next round takes the rest. */
export const settledMax = 500;

/** Blocked jobs that can be settled; of those alone that wait for one of `endedJobIds`, unless it is null. */
export async function settleableJobs(
  tx: Transaction,
  endedJobIds: readonly string[] | null,
): Promise<Settleable[]> {
  if (endedJobIds?.length === 0) return [];
  const candidates =
    endedJobIds === null
      ? sql`select job_id from jobs where status = 'blocked'`
      : sql`select job_id from job_dependencies
            where depends_on_job_id = any(${sql.param(endedJobIds)}::uuid[])`;
  const found = await tx.execute<SettleableRow>(sql`
    select b.job_id, min(d.on_failure) as on_failure,
      json_agg(json_build_object('job_id', u.job_id, 'run_id', u.run_id, 'status', u.status)
        order by u.created_at, u.sequence) as dependencies
    from jobs b
      join job_dependencies d on d.job_id = b.job_id
      join jobs u on u.job_id = d.depends_on_job_id
    where b.status = 'blocked' and b.job_id in (${candidates})
    group by b.job_id
    having bool_and(u.status = 'completed') or bool_or(u.status in ('failed', 'cancelled'))
    order by b.job_id limit ${settledMax}`);
  return found.rows.map((row) => ({
    jobId: row.job_id,
    onFailure: row.on_failure,
    dependencies: row.dependencies,
  }));
}

/** Jobs that go on although the job that asked for them was cancelled, with the reason that it was given. */
export async function orphanedJobs(tx: Transaction): Promise<{ jobId: string; reason: string }[]> {
  // The children that go on are few and found first: in one piece the order would lead the planner along all jobs.
  const found = await tx.execute<{ job_id: string; reason: string | null }>(sql`
    with children as materialized (
      select job_id, parent_job_id from jobs
      where parent_job_id is not null and status in ('blocked', 'queued', 'running', 'retrying', 'held')
        and not cancel_requested)
    select c.job_id, p.cancel_reason as reason
    from children c join jobs p on p.job_id = c.parent_job_id
    where p.cancel_requested or p.status = 'cancelled'
    order by c.job_id limit ${settledMax}`);
  return found.rows.map((row) => ({ jobId: row.job_id, reason: row.reason ?? 'cancelled with its job' }));
}

type KnownRow = { job_id: string; run_id: string | null; process: string | null; status: JobStatus };
type SettleableRow = { job_id: string; on_failure: OnFailure; dependencies: Dependency[] };
