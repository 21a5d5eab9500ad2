import type { Transaction } from '@spectra/database';
import type { MissedPolicy, Schedule, ScheduleFiring, WorkOrder } from '@spectra/schemas';
import { and, count, desc, eq, isNull, sql } from 'drizzle-orm';
import { cronTimes, upcomingTimes } from '../core/cron.ts';
import { nowMsText } from './job-rows.ts';
import { scheduleFirings, schedules } from './flow-tables.ts';

type ScheduleRow = typeof schedules.$inferSelect;
type FiringRow = typeof scheduleFirings.$inferSelect;

/** A schedule that is due. */
export type DueSchedule = {
  scheduleId: string;
  orgId: string;
  cron: string;
  timeZone: string;
  missed: MissedPolicy;
  work: WorkOrder;
  createdBy: string;
  nextDueMs: number;
};

/** What came of a due time, as it is written down. */
export type NewFiring = {
  dueMs: number;
  missed: number;
  nextDueMs: number | null;
} & (
  | { outcome: 'created'; jobId: string; runId: string | null }
  | { outcome: 'refused'; problem: NonNullable<ScheduleFiring['problem']> }
  | { outcome: 'skipped' }
);

const upcomingMax = 5;
const dueMax = 100;

/** Schedules that are due now, and when the next one will be. */
export async function dueSchedules(
  tx: Transaction,
): Promise<{ due: DueSchedule[]; nowMs: number; nextDueMs: number | null }> {
  const rows = await tx
    .select()
    .from(schedules)
    .where(sql`${schedules.nextDueAt} <= clock_timestamp()`)
    .orderBy(schedules.nextDueAt)
    .limit(dueMax);
  const clock = await tx.execute<{ now_ms: number; next_due_ms: number | null }>(sql`
    select ${sql.raw(nowMsText)} as now_ms,
      (select extract(epoch from min(next_due_at)) * 1000 from schedules
       where next_due_at > clock_timestamp())::float8 as next_due_ms`);
  const { now_ms: nowMs = 0, next_due_ms: nextDueMs = null } = clock.rows[0] ?? {};
  return { due: rows.map(dueOf), nowMs, nextDueMs };
}

/** Locks a schedule that still is due as it was seen; false when somebody else kept that time, or it was changed. */
export async function lockDue(
  tx: Transaction,
  { scheduleId, nextDueMs }: Pick<DueSchedule, 'scheduleId' | 'nextDueMs'>,
): Promise<boolean> {
  const locked = await tx
    .select({ id: schedules.scheduleId })
    .from(schedules)
    .where(and(eq(schedules.scheduleId, scheduleId), eq(schedules.nextDueAt, new Date(nextDueMs))))
    .for('update');
  return locked.length > 0;
}

/**
 * Writes a due time down and moves the schedule on. False when that time was written down before (the schedule was
 * set back): then it only moves on.
 */
export async function recordFiring(
  tx: Transaction,
  { scheduleId, orgId }: Pick<DueSchedule, 'scheduleId' | 'orgId'>,
  firing: NewFiring,
): Promise<boolean> {
  const written = await tx
    .insert(scheduleFirings)
    .values({
      scheduleId,
      orgId,
      dueAt: new Date(firing.dueMs),
      firedAt: sql`clock_timestamp()`,
      outcome: firing.outcome,
      jobId: firing.outcome === 'created' ? firing.jobId : null,
      runId: firing.outcome === 'created' ? firing.runId : null,
      missed: firing.missed,
      problem: firing.outcome === 'refused' ? firing.problem : null,
    })
    .onConflictDoNothing()
    .returning({ dueAt: scheduleFirings.dueAt });
  await tx
    .update(schedules)
    .set({ nextDueAt: firing.nextDueMs === null ? null : new Date(firing.nextDueMs) })
    .where(eq(schedules.scheduleId, scheduleId));
  return written.length > 0;
}

/** Whether a due time was written down before. */
export async function wasKept(tx: Transaction, scheduleId: string, dueMs: number): Promise<boolean> {
  const kept = await tx
    .select({ dueAt: scheduleFirings.dueAt })
    .from(scheduleFirings)
    .where(and(eq(scheduleFirings.scheduleId, scheduleId), eq(scheduleFirings.dueAt, new Date(dueMs))));
  return kept.length > 0;
}

/** A schedule as others see it; null when this organisation has none by this id. */
export async function readSchedule(
  tx: Transaction,
  orgId: string,
  scheduleId: string,
): Promise<Schedule | null> {
  const [row] = await tx
    .select()
    .from(schedules)
    .where(and(ofOrganisation(orgId), eq(schedules.scheduleId, scheduleId)));
  if (row === undefined) return null;
  const last = await lastFirings(tx, [scheduleId]);
  return scheduleOf(row, last.get(scheduleId) ?? null, await nowOf(tx));
}

/** Schedules of an organisation, newest first. */
export async function listSchedules(
  tx: Transaction,
  orgId: string,
  query: { enabled?: boolean | undefined; limit: number; offset: number },
): Promise<{ items: Schedule[]; total: number }> {
  const filter = and(
    ofOrganisation(orgId),
    query.enabled === undefined ? undefined : eq(schedules.enabled, query.enabled),
  );
  const rows = await tx
    .select()
    .from(schedules)
    .where(filter)
    .orderBy(desc(schedules.createdAt), desc(schedules.scheduleId))
    .limit(query.limit)
    .offset(query.offset);
  const [counted] = await tx.select({ total: count() }).from(schedules).where(filter);
  const last = await lastFirings(
    tx,
    rows.map((row) => row.scheduleId),
  );
  const nowMs = await nowOf(tx);
  const items = rows.map((row) => scheduleOf(row, last.get(row.scheduleId) ?? null, nowMs));
  return { items, total: counted?.total ?? 0 };
}

/** What came of a schedule's due times, latest first. */
export async function listFirings(
  tx: Transaction,
  query: { scheduleId: string; limit: number; offset: number },
): Promise<{ items: ScheduleFiring[]; total: number }> {
  const filter = eq(scheduleFirings.scheduleId, query.scheduleId);
  const rows = await tx
    .select()
    .from(scheduleFirings)
    .where(filter)
    .orderBy(desc(scheduleFirings.dueAt))
    .limit(query.limit)
    .offset(query.offset);
  const [counted] = await tx.select({ total: count() }).from(scheduleFirings).where(filter);
  return { items: rows.map(firingOf), total: counted?.total ?? 0 };
}

/** Schedules that an organisation has now. */
export async function countSchedules(tx: Transaction, orgId: string): Promise<number> {
  const [row] = await tx.select({ total: count() }).from(schedules).where(ofOrganisation(orgId));
  return row?.total ?? 0;
}

/** Whether another schedule of the organisation has this name. */
export async function isNameTaken(
  tx: Transaction,
  wanted: { orgId: string; name: string; butNot: string | null },
): Promise<boolean> {
  const found = await tx
    .select({ id: schedules.scheduleId })
    .from(schedules)
    .where(and(ofOrganisation(wanted.orgId), eq(schedules.name, wanted.name)));
  return found.some(({ id }) => id !== wanted.butNot);
}

/** The database's own time, in ms. */
export async function nowOf(tx: Transaction): Promise<number> {
  const clock = await tx.execute<{ now_ms: number }>(sql`select ${sql.raw(nowMsText)} as now_ms`);
  return clock.rows[0]?.now_ms ?? 0;
}

function ofOrganisation(orgId: string) {
  return and(eq(schedules.orgId, orgId), isNull(schedules.removedAt));
}

async function lastFirings(tx: Transaction, ids: readonly string[]): Promise<Map<string, ScheduleFiring>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .selectDistinctOn([scheduleFirings.scheduleId])
    .from(scheduleFirings)
    .where(sql`${scheduleFirings.scheduleId} = any(${sql.param([...ids])}::uuid[])`)
    .orderBy(scheduleFirings.scheduleId, desc(scheduleFirings.dueAt));
  return new Map(rows.map((row) => [row.scheduleId, firingOf(row)]));
}

function dueOf(row: ScheduleRow): DueSchedule {
  const { scheduleId, orgId, cron, timeZone, missed, work, createdBy, nextDueAt } = row;
  const nextDueMs = nextDueAt?.getTime() ?? 0;
  return { scheduleId, orgId, cron, timeZone, missed, work, createdBy, nextDueMs };
}

function scheduleOf(row: ScheduleRow, last: ScheduleFiring | null, nowMs: number): Schedule {
  const upcoming = upcomingTimes(cronTimes(row.cron, row.timeZone), nowMs, upcomingMax);
  return {
    schedule_id: row.scheduleId,
    name: row.name,
    cron: row.cron,
    time_zone: row.timeZone,
    missed: row.missed,
    enabled: row.enabled,
    work: row.work,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    next_due_at: row.nextDueAt?.toISOString() ?? null,
    upcoming: upcoming.map((ms) => new Date(ms).toISOString()),
    last_firing: last,
  };
}

function firingOf(row: FiringRow): ScheduleFiring {
  return {
    due_at: row.dueAt.toISOString(),
    fired_at: row.firedAt.toISOString(),
    outcome: row.outcome,
    job_id: row.jobId,
    run_id: row.runId,
    missed: row.missed,
    problem: row.problem,
  };
}
