import type { Transaction } from '@spectra/database';
import type { JobStatus } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import { nowMsText } from './job-rows.ts';

/** Jobs of one organisation in one queue and status. */
export type QueueCount = { queue: string; status: JobStatus; jobs: number; oldestMs: number };

/** The organisation's job that is next in its line of a queue. */
export type NextInLine = {
  queue: string;
  jobId: string;
  runId: string | null;
  priority: number;
  createdAtMs: number;
  equipmentIds: string[];
  expectedS: number;
};

/** What an organisation has in its queues, finished jobs left out. */
export async function readQueues(
  tx: Transaction,
  orgId: string,
): Promise<{ counts: QueueCount[]; next: NextInLine[]; nowMs: number }> {
  const counts = await tx.execute<QueueCount>(sql`
    select queue, status, count(*)::int as jobs,
      (extract(epoch from min(created_at)) * 1000)::float8 as "oldestMs"
    from jobs
    where org_id = ${orgId} and status in ('blocked', 'queued', 'running', 'retrying', 'held')
    group by queue, status`);
  const queues = [...new Set(counts.rows.map((row) => row.queue))];
  const next = await tx.execute<NextInLine>(sql`
    select n.* from unnest(${sql.param(queues)}::text[]) as q(name) cross join lateral (
      select queue, job_id as "jobId", run_id as "runId", priority, equipment_ids as "equipmentIds",
        expected_s as "expectedS", (extract(epoch from created_at) * 1000)::float8 as "createdAtMs"
      from jobs
      where status in ('queued', 'retrying') and dispatched_at is null and org_id = ${orgId} and queue = q.name
        and (run_at is null or run_at <= clock_timestamp())
      order by rank_ms, sequence limit 1) n`);
  const clock = await tx.execute<{ nowMs: number }>(sql`select ${sql.raw(nowMsText)} as "nowMs"`);
  return { counts: counts.rows, next: next.rows, nowMs: clock.rows[0]?.nowMs ?? 0 };
}
