import {
  accept,
  refuse,
  schedulesMax,
  type Caller,
  type Result,
  type Schedule,
  type ScheduleFiring,
  type schedulesRpc,
} from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import { eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import { cronFault, cronTimes } from '../core/cron.ts';
import { schedules } from '../store/flow-tables.ts';
import {
  countSchedules,
  isNameTaken,
  listFirings,
  listSchedules,
  nowOf,
  readSchedule,
} from '../store/schedule-rows.ts';

type Body<Name extends keyof typeof schedulesRpc> = z.output<(typeof schedulesRpc)[Name]['request']>;

const unknownSchedule = () => refuse('not_found', 'There is no such schedule');

/** Keeps a request that is carried out at times of the clock from now on. */
export async function createSchedule(
  context: AbilityContext,
  { orgId, userId }: Caller,
  body: Body<'createSchedule'>,
): Promise<Result<Schedule>> {
  const scheduleId = context.newId();
  const made = await context.database.withOrg(orgId, async (tx): Promise<Result<Schedule>> => {
    const nowMs = await nowOf(tx);
    const fits = await checkTiming(tx, { orgId, nowMs, butNot: null, ...body });
    if (!fits.ok) return fits;
    if ((await countSchedules(tx, orgId)) >= schedulesMax) {
      return refuse('conflict', `An organisation has at most ${schedulesMax} schedules`);
    }
    const { name, cron, time_zone: timeZone, missed, enabled, work } = body;
    await tx.insert(schedules).values({
      scheduleId,
      orgId,
      name,
      cron,
      timeZone,
      missed,
      enabled,
      work,
      createdBy: userId,
      createdAt: new Date(nowMs),
      updatedAt: new Date(nowMs),
      nextDueAt: nextDueAt({ cron, timeZone, enabled }, nowMs),
    });
    return found(await readSchedule(tx, orgId, scheduleId));
  });
  context.schedulesChanged();
  return made;
}

/** Changes when a schedule is due, its name, or whether it is kept at all; its request stays. */
export async function changeSchedule(
  context: AbilityContext,
  { orgId }: Caller,
  { schedule_id: scheduleId, ...change }: Body<'changeSchedule'>,
): Promise<Result<Schedule>> {
  const changed = await context.database.withOrg(orgId, async (tx): Promise<Result<Schedule>> => {
    const present = await readSchedule(tx, orgId, scheduleId);
    if (present === null) return unknownSchedule();
    const nowMs = await nowOf(tx);
    const next = { ...present, ...withoutAbsent(change) };
    const fits = await checkTiming(tx, { orgId, nowMs, butNot: scheduleId, ...next });
    if (!fits.ok) return fits;
    const { name, cron, time_zone: timeZone, missed, enabled } = next;
    await tx
      .update(schedules)
      .set({
        name,
        cron,
        timeZone,
        missed,
        enabled,
        updatedAt: new Date(nowMs),
        // A name alone does not touch what is due.
        ...(isRetimed(present, next) ? { nextDueAt: nextDueAt({ cron, timeZone, enabled }, nowMs) } : {}),
      })
      .where(eq(schedules.scheduleId, scheduleId));
    return found(await readSchedule(tx, orgId, scheduleId));
  });
  context.schedulesChanged();
  return changed;
}

/** Ends a schedule; what it made and what came of its due times stays. */
export async function removeSchedule(
  { database }: AbilityContext,
  { orgId }: Caller,
  { schedule_id: scheduleId }: Body<'removeSchedule'>,
): Promise<Result<Schedule>> {
  return database.withOrg(orgId, async (tx) => {
    const present = await readSchedule(tx, orgId, scheduleId);
    if (present === null) return unknownSchedule();
    const end = sql`clock_timestamp()`;
    await tx
      .update(schedules)
      .set({ enabled: false, nextDueAt: null, removedAt: end, updatedAt: end })
      .where(eq(schedules.scheduleId, scheduleId));
    return accept({ ...present, enabled: false, next_due_at: null });
  });
}

/** One schedule with its next times and what came of the last one. */
export async function getSchedule(
  { database }: AbilityContext,
  { orgId }: Caller,
  { schedule_id: scheduleId }: Body<'getSchedule'>,
): Promise<Result<Schedule>> {
  return found(await database.withOrg(orgId, (tx) => readSchedule(tx, orgId, scheduleId)));
}

/** Schedules of the organisation, newest first. */
export async function getSchedules(
  { database }: AbilityContext,
  { orgId }: Caller,
  body: Body<'listSchedules'>,
): Promise<Result<{ items: Schedule[]; total: number }>> {
  return accept(await database.withOrg(orgId, (tx) => listSchedules(tx, orgId, body)));
}

/** What came of a schedule's due times. */
export async function getFirings(
  { database }: AbilityContext,
  { orgId }: Caller,
  { schedule_id: scheduleId, limit, offset }: Body<'listFirings'>,
): Promise<Result<{ items: ScheduleFiring[]; total: number }>> {
  return database.withOrg(orgId, async (tx) => {
    if ((await readSchedule(tx, orgId, scheduleId)) === null) return unknownSchedule();
    return accept(await listFirings(tx, { scheduleId, limit, offset }));
  });
}

type Timing = { name: string; cron: string; time_zone: string };

async function checkTiming(
  tx: Transaction,
  wanted: Timing & { orgId: string; nowMs: number; butNot: string | null },
): Promise<Result<null>> {
  const { name, cron, time_zone, orgId, nowMs, butNot } = wanted;
  const fault = cronFault(cron, time_zone, nowMs);
  if (fault !== null) {
    const error = { ...fault, value: wanted[fault.path] };
    return refuse('validation_failed', `${fault.path}: ${fault.message}`, [error]);
  }
  if (await isNameTaken(tx, { orgId, name, butNot })) {
    return refuse('conflict', `There is a schedule "${name}" already`, [
      { path: 'name', message: 'is taken', value: name },
    ]);
  }
  return accept(null);
}

function isRetimed(before: Timing & { enabled: boolean }, after: Timing & { enabled: boolean }): boolean {
  return (
    before.cron !== after.cron || before.time_zone !== after.time_zone || before.enabled !== after.enabled
  );
}

function nextDueAt(
  { cron, timeZone, enabled }: { cron: string; timeZone: string; enabled: boolean },
  nowMs: number,
): Date | null {
  const next = enabled ? cronTimes(cron, timeZone).nextAfter(nowMs) : null;
  return next === null ? null : new Date(next);
}

/** Only the fields that were given. */
function withoutAbsent<Fields extends object>(
  fields: Fields,
): Partial<{ [Name in keyof Fields]-?: Exclude<Fields[Name], undefined> }> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as ReturnType<typeof withoutAbsent<Fields>>;
}

function found(schedule: Schedule | null): Result<Schedule> {
  return schedule === null ? unknownSchedule() : accept(schedule);
}
