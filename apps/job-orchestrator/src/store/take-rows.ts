import { runPrepared, type Transaction } from '@spectra/database';
import type { PreparedRun, Wafer } from '@spectra/schemas';
import type { Lease } from '../core/decision.ts';
import type { ActiveJob, WaitingJob } from '../core/dispatcher.ts';
import type { Job } from '../core/job.ts';
import { isWaiting } from '../core/transitions.ts';
import { jobSelection } from './job-columns.ts';
import { nowMsText } from './job-rows.ts';

/** What the dispatcher needs to see of the queues that workers ask for. */
export type Fronts = {
  waiting: (WaitingJob & { expectedS: number })[];
  active: ActiveJob[];
  nowMs: number;
};

/** A picked job, locked, with what its worker will need. */
export type PickedJob = {
  job: Job;
  parameters: Record<string, unknown> | null;
  run: PickedRun | null;
};
type PickedRun = {
  prepared: PreparedRun;
  wafers: Wafer[];
  lotId: string | null;
  sourceRunId: string | null;
  timeScale: number;
  seed: number;
  createdBy: string;
};

/** Any number will do, as long as nobody else locks it: one taker at a time over all instances. */
const takeLock = 7_301_001;

/** What stands in a line. */
export const standing = `j.status in ('queued', 'retrying') and j.dispatched_at is null`;

const lockStatement = { name: 'take-lock', text: 'select pg_advisory_xact_lock($1)' };

const patientLockStatement = {
  name: 'take-lock-patiently',
  text: "select set_config('lock_timeout', $2, true), pg_advisory_xact_lock($1)",
};

/** Nobody else takes jobs until this transaction ends; with a patience it fails rather than wait any longer. */
export async function lockTakers(tx: Transaction, patienceMs?: number): Promise<void> {
  if (patienceMs === undefined) await runPrepared(tx, lockStatement, [takeLock]);
  else await runPrepared(tx, patientLockStatement, [takeLock, `${patienceMs}ms`]);
}

const activeStatement = {
  name: 'take-active',
  text: `select queue, org_id as "orgId", equipment_id as "equipmentId", count(*)::int as jobs
    from jobs where dispatched_at is not null group by queue, org_id, equipment_id`,
};

/**
 * Hops from lane to lane in the index and reads only the front of each, so that the cost does not grow with
 * the length of the queue: no lane can start more jobs at once than there are free slots.
 */
const waitingStatement = {
  name: 'take-waiting',
  text: `
    with recursive lanes as (
      select f.queue, f.org_id, f.lane, a.slots
      from unnest($1::text[], $2::int[]) as a(queue, slots) cross join lateral (
        select j.queue, j.org_id, j.lane from jobs j
        where ${standing} and j.queue = a.queue
        order by j.org_id, j.lane limit 1) f
      union all
      select n.queue, n.org_id, n.lane, l.slots from lanes l cross join lateral (
        select j.queue, j.org_id, j.lane from jobs j
        where ${standing} and j.queue = l.queue and (j.org_id, j.lane) > (l.org_id, l.lane)
        order by j.org_id, j.lane limit 1) n)
    select w.*, ${nowMsText} as "nowMs" from lanes l cross join lateral (
      select j.job_id as "jobId", j.org_id as "orgId", j.queue, j.priority, j.sequence::float8 as sequence,
        j.equipment_ids as "equipmentIds", j.expected_s as "expectedS",
        floor(extract(epoch from j.created_at) * 1000)::float8 as "enqueuedAtMs"
      from jobs j
      where ${standing} and j.queue = l.queue and j.org_id = l.org_id and j.lane = l.lane
        and (j.run_at is null or j.run_at <= clock_timestamp())
      order by j.rank_ms, j.sequence limit l.slots) w`,
};

/** The front of every lane of these queues and everything that is active, under the takers' lock. */
export async function readFronts(tx: Transaction, slotsOf: ReadonlyMap<string, number>): Promise<Fronts> {
  type ActiveRow = { queue: string; orgId: string; equipmentId: string | null; jobs: number };
  type WaitingRow = WaitingJob & { expectedS: number; nowMs: number };
  // Sent together, each with a view of its own: they see what the taker before committed.
  const [, active, waiting] = await Promise.all([
    lockTakers(tx),
    runPrepared<ActiveRow>(tx, activeStatement, []),
    runPrepared<WaitingRow>(tx, waitingStatement, [[...slotsOf.keys()], [...slotsOf.values()]]),
  ]);
  return {
    waiting,
    active: active.flatMap(({ jobs, ...slot }) => Array.from({ length: jobs }, () => slot)),
    nowMs: waiting[0]?.nowMs ?? 0,
  };
}

/** A job and what its worker needs: the parameters of its tool, or its run (r). */
const jobWithSpec = `${jobSelection}, ${nowMsText} as "nowMs",
  j.parameters, r.prepared, r.wafers, r.lot_id as "lotId",
  r.source_run_id as "sourceRunId", r.time_scale as "timeScale", r.seed, r.created_by as "createdBy"`;

/** Whether they still stand in their line is asked of the answer: in the text it would lead the planner along the line. */
const pickedStatement = {
  name: 'take-picked',
  text: `
    select ${jobWithSpec}
    from jobs j left join runs r on r.run_id = j.run_id
    where j.job_id = any($1::uuid[])
    order by j.job_id for update of j skip locked`,
};

const leasesStatement = {
  name: 'take-leases',
  text: `
    select l.org_id as "orgId", l.equipment_id as "equipmentId", l.token, l.job_id as "jobId"
    from equipment_leases l
    where (l.org_id, l.equipment_id) in (select * from unnest($1::uuid[], $2::text[]))
    order by l.org_id, l.equipment_id for update`,
};

type PickedRow = Job & { nowMs: number; parameters: PickedJob['parameters'] } & {
  [Field in keyof PickedRun]: PickedRun[Field] | null;
};

/** Locks the picked jobs and their tools; another transaction may have changed one meanwhile, which is left out. */
export async function lockPicked(
  tx: Transaction,
  picks: readonly { jobId: string; orgId: string; equipmentId: string | null }[],
): Promise<{ jobs: Map<string, PickedJob>; leases: Map<string, Lease>; nowMs: number }> {
  const onTools = picks.filter((pick) => pick.equipmentId !== null);
  const [rows, leases] = await Promise.all([
    runPrepared<PickedRow>(tx, pickedStatement, [picks.map((pick) => pick.jobId)]),
    onTools.length === 0
      ? []
      : runPrepared<Lease & { orgId: string; equipmentId: string }>(tx, leasesStatement, [
          onTools.map((pick) => pick.orgId),
          onTools.map((pick) => pick.equipmentId),
        ]),
  ]);
  return {
    jobs: new Map(rows.filter(stands).map((row) => [row.jobId, pickedJobOf(row)])),
    leases: new Map(leases.map(({ orgId, equipmentId, ...lease }) => [leaseKey(orgId, equipmentId), lease])),
    nowMs: rows.reduce((latest, row) => Math.max(latest, row.nowMs), 0),
  };
}

function stands({ status, dispatchedAtMs }: Job): boolean {
  return isWaiting(status) && dispatchedAtMs === null;
}

/** Names of tools are an organisation's own. */
export function leaseKey(orgId: string, equipmentId: string | null): string {
  return `${orgId}/${equipmentId ?? ''}`;
}

const lostStatement = {
  name: 'take-lost',
  text: `
    select ${jobWithSpec}, l.token as "leaseToken"
    from jobs j left join runs r on r.run_id = j.run_id
      left join equipment_leases l on l.org_id = j.org_id and l.equipment_id = j.equipment_id
    where j.dispatched_at is not null and j.status = 'running' and j.queue = $1 and j.worker_id = $2
      and j.job_id <> all($3::uuid[])
    order by j.job_id limit $4`,
};

/** What a worker was given and never heard of: the answer that named it was lost. */
export async function findLost(
  tx: Transaction,
  worker: { queue: string; workerId: string; inHand: readonly string[]; slots: number },
): Promise<(PickedJob & { leaseToken: number })[]> {
  const { queue, workerId, inHand, slots } = worker;
  const rows = await runPrepared<PickedRow & { leaseToken: number | null }>(tx, lostStatement, [
    queue,
    workerId,
    inHand,
    slots,
  ]);
  return rows.map((row) => ({ ...pickedJobOf(row), leaseToken: row.leaseToken ?? 0 }));
}

function pickedJobOf(row: PickedRow): PickedJob {
  const { parameters, prepared, wafers, lotId, sourceRunId, timeScale, seed, createdBy } = row;
  const fixed = {
    lotId,
    sourceRunId,
    timeScale: timeScale ?? 1,
    seed: seed ?? 0,
    createdBy: createdBy ?? '',
  };
  const run = prepared === null || wafers === null ? null : { ...fixed, prepared, wafers };
  return { job: row, parameters, run };
}
