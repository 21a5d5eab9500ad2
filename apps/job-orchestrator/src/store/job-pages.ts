import { runPrepared, type Transaction } from '@spectra/database';
import type { JobStatus, JobType } from '@spectra/schemas';
import { readCount } from './job-counts.ts';

/** Which jobs a list shows, newest first, and which part of it. */
export type PageOf = {
  jobType?: JobType | undefined;
  process?: string | undefined;
  statuses?: readonly JobStatus[] | undefined;
  limit: number;
  offset: number;
};

/**
 * Finds a page of an organisation's jobs, whatever number there is: the index that fits is walked, from its nearer
 * end, and only the jobs of the page are read. The total is kept, not counted.
 */
export async function readPage(
  tx: Transaction,
  orgId: string,
  page: PageOf,
): Promise<{ jobIds: string[]; total: number }> {
  const total = await readCount(tx, orgId, page);
  const count = Math.min(page.limit, total - page.offset);
  if (count <= 0) return { jobIds: [], total };
  const ways = waysOf(page);
  const fromOldest = ways.length === 1 && page.offset > total / 2;
  const skipped = fromOldest ? total - page.offset - count : page.offset;
  const direction = fromOldest ? 'asc' : 'desc';
  const { text, values } = queryOf(ways, direction, { orgId, page, skipped, count });
  const found = await runPrepared<{ jobId: string }>(tx, { name: nameOf(text), text }, values);
  const jobIds = found.map((row) => row.jobId);
  return { jobIds: fromOldest ? jobIds.reverse() : jobIds, total };
}

/** Conditions that each fit one index, in whose order the jobs stand; together they find all that the list shows. */
function waysOf({ jobType, process, statuses }: PageOf): string[] {
  // Completed jobs are nearly all there are: they are found by age, the others by their status.
  if (statuses !== undefined && !statuses.includes('completed')) {
    return statuses.map((status) =>
      // Those at work are as many as there are slots, and stand in an index of their own.
      status === 'running'
        ? `j.status = 'running' and j.dispatched_at is not null`
        : `j.status = '${status}' and j.status <> 'completed' and j.status <> 'running'`,
    );
  }
  if (process !== undefined) return ['j.process is not null'];
  const [ofTools, ofRuns] = ['j.tool_name is not null', 'j.tool_name is null'];
  if (jobType === undefined) return [ofTools, ofRuns];
  return [jobType === 'tool' ? ofTools : ofRuns];
}

/** A condition that nobody asked for is left out: it would cost a look at each row that is skipped. */
function queryOf(
  ways: readonly string[],
  direction: 'asc' | 'desc',
  of: { orgId: string; page: PageOf; skipped: number; count: number },
): { text: string; values: unknown[] } {
  const values: unknown[] = [of.orgId, of.skipped, of.count];
  const { process, statuses, jobType } = of.page;
  const asked = [
    ...(process === undefined ? [] : [`j.process = $${values.push(process)}::text`]),
    ...(statuses?.includes('completed') ? [`j.status = any($${values.push([...statuses])}::text[])`] : []),
    ...(jobType === undefined || jobType === 'tool' ? [] : [`j.job_type = $${values.push(jobType)}::text`]),
    // Found by status, both kinds stand in one index.
    ...(jobType === 'tool' && statuses !== undefined ? ['j.tool_name is not null'] : []),
  ];
  const branches = ways.map(
    (way) => `(
      select j.created_at, j.sequence, j.job_id from jobs j
      where ${['j.org_id = $1::uuid', way, ...asked].join(' and ')}
      order by j.created_at ${direction}, j.sequence ${direction} limit $2::int + $3::int)`,
  );
  const text = `
    select job_id as "jobId" from (${branches.join(' union all ')}) found
    order by created_at ${direction}, sequence ${direction} offset $2::int limit $3::int`;
  return { text, values };
}

const names = new Map<string, string>();

/** One name for each text; there are as many as there are kinds of lists. */
function nameOf(text: string): string {
  const name = names.get(text) ?? `page-${names.size}`;
  names.set(text, name);
  return name;
}
