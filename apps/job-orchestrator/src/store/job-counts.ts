import { runPrepared, type Transaction } from '@spectra/database';
import type { JobStatus, JobType } from '@spectra/schemas';

/** So many jobs came to a status of an organisation, or, when negative, left it. */
export type CountedMove = {
  orgId: string;
  jobType: JobType;
  process: string | null;
  status: JobStatus;
  jobs: number;
};

/**
 * The insert that keeps the counts in step with jobs that change, as a statement of its own or as a part of another, and
 * what it is given; `given` parameters stand before its own.
 */
export function countInsert(moves: readonly CountedMove[], given = 0): { text: string; values: unknown[] } {
  const sums = new Map<string, CountedMove>();
  for (const { orgId, jobType, process, status, jobs } of moves) {
    const key = `${orgId}/${jobType}/${process ?? ''}/${status}`;
    sums.set(key, { orgId, jobType, process, status, jobs: jobs + (sums.get(key)?.jobs ?? 0) });
  }
  const changed = [...sums.values()].filter(({ jobs }) => jobs !== 0);
  const lists = ['uuid', 'text', 'text', 'text', 'bigint'].map(
    (type, index) => `$${given + index + 1}::${type}[]`,
  );
  return {
    text: `insert into job_counts (org_id, job_type, process, status, jobs) select * from unnest(${lists.join(', ')})`,
    values: [
      changed.map(({ orgId }) => orgId),
      changed.map(({ jobType }) => jobType),
      changed.map(({ process }) => process ?? ''),
      changed.map(({ status }) => status),
      changed.map(({ jobs }) => jobs),
    ],
  };
}

/** Counts jobs in the transaction that changes them; nobody waits for anybody. */
export async function countJobs(tx: Transaction, moves: readonly CountedMove[]): Promise<void> {
  const { text, values } = countInsert(moves);
  await runPrepared(tx, { name: 'count-jobs', text }, values);
}

const readStatement = {
  name: 'read-job-counts',
  text: `select coalesce(sum(jobs), 0)::float8 as jobs from job_counts
    where org_id = $1::uuid and ($2::text is null or job_type = $2) and ($3::text is null or process = $3)
      and ($4::text[] is null or status = any($4))`,
};

/** How many jobs of an organisation there are, exactly, whatever there are. */
export async function readCount(
  tx: Transaction,
  orgId: string,
  of: {
    jobType?: JobType | undefined;
    process?: string | undefined;
    statuses?: readonly JobStatus[] | undefined;
  },
): Promise<number> {
  const values = [orgId, of.jobType ?? null, of.process ?? null, of.statuses ?? null];
  const [row] = await runPrepared<{ jobs: number }>(tx, readStatement, values);
  return row?.jobs ?? 0;
}

const organisationsMax = 100;
const rowsMax = 50;

const sumUpStatement = {
  name: 'sum-up-job-counts',
  text: `
    with long as (
      select org_id from job_counts group by org_id having count(*) > ${rowsMax} limit ${organisationsMax}),
    gone as (
      delete from job_counts where org_id in (select org_id from long)
      returning org_id, job_type, process, status, jobs)
    insert into job_counts (org_id, job_type, process, status, jobs)
    select org_id, job_type, process, status, sum(jobs) from gone
    group by org_id, job_type, process, status having sum(jobs) <> 0`,
};

/** Makes one row of the many that a count is the sum of; what is added meanwhile stays as it is. */
export async function sumUpCounts(tx: Transaction): Promise<void> {
  await runPrepared(tx, sumUpStatement, []);
}
