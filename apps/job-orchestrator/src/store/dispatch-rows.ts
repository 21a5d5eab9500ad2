import type { Transaction } from '@spectra/database';
import { dispatchSubject, type Dispatch } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import type { ActiveJob, JobPick, WaitingJob } from '../core/dispatcher.ts';
import { databaseNowMs } from './job-rows.ts';
import { outbox } from './tables.ts';

/** An active job, and how long it is thought to keep its slot. */
export type OccupiedSlot = ActiveJob & { remainingS: number };

export type QueueRows = {
  waiting: (WaitingJob & { expectedS: number })[];
  active: OccupiedSlot[];
  nowMs: number;
  /** When the next retry comes due; null when none waits. */
  nextDueMs: number | null;
};

/** Any number will do, as long as nobody else locks it: one dispatcher at a time over all instances. */
const dispatchLock = 7_301_001;

/**
 * Sends jobs back to their line that were handed out and not claimed in time: no worker was there, or the
 * stream lost the message. A message that is still in the outbox is not lost.
 */
export async function returnUnclaimed(tx: Transaction, claimWithinMs: number): Promise<number> {
  const returned = await tx.execute(sql`
    update jobs set dispatched_at = null
    where job_id in (
      select j.job_id from jobs j
      where j.dispatched_at < clock_timestamp() - make_interval(secs => ${claimWithinMs / 1000})
        and j.status in ('queued', 'retrying')
        and not exists (
          select 1 from outbox o
          where o.published_at is null and o.job_id = j.job_id
            and o.message_id = j.job_id || ':' || j.dispatch)
      order by j.job_id for update skip locked)`);
  return returned.rowCount ?? 0;
}

/** The front of every lane and everything that is active, under the dispatcher's lock. */
export async function readQueues(tx: Transaction, perLane: number): Promise<QueueRows> {
  // A statement of its own: the next one must see what the dispatcher before it committed.
  await tx.execute(sql`select pg_advisory_xact_lock(${dispatchLock})`);
  const read = await tx.execute<{
    active: ActiveRow[];
    waiting: WaitingRow[];
    now_ms: number;
    next_due_ms: number | null;
  }>(sql`
    select
      (select coalesce(json_agg(a), '[]') from (${activeJobs}) a) as active,
      (select coalesce(json_agg(w), '[]') from (${frontOfLanes(perLane)}) w) as waiting,
      ${databaseNowMs} as now_ms,
      (select extract(epoch from min(run_at)) * 1000 from jobs
       where status = 'retrying' and dispatched_at is null and run_at > clock_timestamp())::float8 as next_due_ms`);
  const row = read.rows[0] ?? { active: [], waiting: [], now_ms: 0, next_due_ms: null };
  return {
    waiting: row.waiting.map(waitingJobOf),
    active: row.active.map((active) => ({
      orgId: active.org_id,
      queue: active.queue,
      equipmentId: active.equipment_id,
      remainingS: Math.max(0, active.remaining_s),
    })),
    nowMs: row.now_ms,
    nextDueMs: row.next_due_ms,
  };
}

/**
 * Hands the picked jobs to the workers: reserves slot and tool, and writes the wake-ups to the outbox.
 * Answers how many were still to be had; another transaction may have cancelled one meanwhile.
 */
export async function markDispatched(tx: Transaction, picks: readonly JobPick[]): Promise<number> {
  if (picks.length === 0) return 0;
  const rows = JSON.stringify(picks.map((pick) => ({ job_id: pick.jobId, equipment_id: pick.equipmentId })));
  const dispatched = await tx.execute<DispatchedRow>(sql`
    with picks as (
      select * from jsonb_to_recordset(${rows}::jsonb) as p(job_id uuid, equipment_id text)),
    free as (
      select j.job_id from jobs j
      where j.job_id in (select job_id from picks)
        and j.status in ('queued', 'retrying') and j.dispatched_at is null
      order by j.job_id for update skip locked)
    update jobs j
    set dispatch = j.dispatch + 1, dispatched_at = clock_timestamp(), equipment_id = p.equipment_id
    from picks p join free f on f.job_id = p.job_id
    where j.job_id = p.job_id
    returning j.job_id, j.org_id, j.queue, j.dispatch, j.traceparent`);
  if (dispatched.rows.length === 0) return 0;
  const order = new Map(picks.map((pick, index) => [pick.jobId, index]));
  const sorted = dispatched.rows.toSorted((a, b) => (order.get(a.job_id) ?? 0) - (order.get(b.job_id) ?? 0));
  await tx.insert(outbox).values(sorted.map(wakeUpOf));
  return sorted.length;
}

type ActiveRow = { org_id: string; queue: string; equipment_id: string | null; remaining_s: number };
type WaitingRow = {
  job_id: string;
  org_id: string;
  queue: string;
  priority: number;
  enqueued_at_ms: number;
  sequence: number;
  equipment_ids: string[];
  expected_s: number;
};
type DispatchedRow = { job_id: string; org_id: string; queue: string; dispatch: number; traceparent: string };

const activeJobs = sql`
  select org_id, queue, equipment_id,
    coalesce(eta_s, expected_s
      - coalesce(extract(epoch from clock_timestamp() - attempt_started_at), 0))::float8 as remaining_s
  from jobs where dispatched_at is not null`;

function waitingJobOf(row: WaitingRow): WaitingJob & { expectedS: number } {
  return {
    jobId: row.job_id,
    orgId: row.org_id,
    queue: row.queue,
    priority: row.priority,
    enqueuedAtMs: row.enqueued_at_ms,
    sequence: row.sequence,
    equipmentIds: row.equipment_ids,
    expectedS: row.expected_s,
  };
}

function wakeUpOf(row: DispatchedRow): typeof outbox.$inferInsert {
  const wakeUp: Dispatch = { job_id: row.job_id, dispatch: row.dispatch, traceparent: row.traceparent };
  return {
    // Each dispatch has its own id, else the stream's dedupe window would swallow the second.
    messageId: `${row.job_id}:${row.dispatch}`,
    orgId: row.org_id,
    jobId: row.job_id,
    subject: dispatchSubject(row.queue),
    payload: JSON.stringify(wakeUp),
  };
}

/**
 * Hops from lane to lane in the index and reads only the front of each, so that the cost does not grow with
 * the length of the queue: no lane can start more jobs at once than its queue has slots.
 */
function frontOfLanes(perLane: number) {
  const standing = sql`status in ('queued', 'retrying') and dispatched_at is null`;
  return sql`
    with recursive lanes as (
      (select queue, org_id, lane from jobs where ${standing} order by queue, org_id, lane limit 1)
      union all
      select n.queue, n.org_id, n.lane from lanes l cross join lateral (
        select j.queue, j.org_id, j.lane from jobs j
        where ${standing} and (j.queue, j.org_id, j.lane) > (l.queue, l.org_id, l.lane)
        order by j.queue, j.org_id, j.lane limit 1) n)
    select w.* from lanes l cross join lateral (
      select job_id, org_id, queue, priority, sequence::float8, equipment_ids, expected_s,
        floor(extract(epoch from created_at) * 1000)::float8 as enqueued_at_ms
      from jobs j
      where ${standing} and j.queue = l.queue and j.org_id = l.org_id and j.lane = l.lane
        and (j.run_at is null or j.run_at <= clock_timestamp())
      order by j.rank_ms, j.sequence limit ${perLane}) w`;
}
