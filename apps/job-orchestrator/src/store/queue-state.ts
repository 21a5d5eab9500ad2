import { runPrepared, type Transaction } from '@spectra/database';
import { nowMsText } from './job-rows.ts';

/** A slot that a job occupies, and how long it is thought to keep it. */
export type OccupiedSlot = { orgId: string; queue: string; equipmentId: string | null; remainingS: number };

/** The queues as a whole. */
export type QueueState = {
  active: OccupiedSlot[];
  /** Queues with a job that waits and may start as far as its time is concerned. */
  waitingQueues: string[];
  nowMs: number;
  /** When the next retry comes due; null when none waits. */
  nextDueMs: number | null;
};

const activeStatement = {
  name: 'queue-active',
  text: `
    select org_id as "orgId", queue, equipment_id as "equipmentId",
      greatest(0, coalesce(eta_s, expected_s
        - coalesce(extract(epoch from clock_timestamp() - attempt_started_at), 0)))::float8 as "remainingS"
    from jobs where dispatched_at is not null`,
};

const standing = `status in ('queued', 'retrying') and dispatched_at is null`;

/** Hops from queue to queue in the index of the lines, however long they are. */
const waitingStatement = {
  name: 'queue-waiting',
  text: `
    with recursive queues as (
      (select queue from jobs where ${standing} order by queue limit 1)
      union all
      select n.queue from queues q cross join lateral (
        select j.queue from jobs j where ${standing} and j.queue > q.queue order by j.queue limit 1) n)
    select
      coalesce((select array_agg(queue) from queues), '{}') as queues,
      ${nowMsText} as "nowMs",
      (select extract(epoch from min(run_at)) * 1000 from jobs
       where status = 'retrying' and dispatched_at is null and run_at > clock_timestamp())::float8 as "nextDueMs"`,
};

/** Looks at the queues; the cost grows with what runs, not with what waits or has ended. */
export async function readQueueState(tx: Transaction): Promise<QueueState> {
  type WaitingRow = { queues: string[]; nowMs: number; nextDueMs: number | null };
  const [active, waiting] = await Promise.all([
    runPrepared<OccupiedSlot>(tx, activeStatement, []),
    runPrepared<WaitingRow>(tx, waitingStatement, []),
  ]);
  const [row] = waiting;
  return {
    active,
    waitingQueues: row?.queues ?? [],
    nowMs: row?.nowMs ?? 0,
    nextDueMs: row?.nextDueMs ?? null,
  };
}
