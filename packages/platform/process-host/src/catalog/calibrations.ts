import { and, count, desc, eq, isNull } from 'drizzle-orm';
import type { z } from 'zod';
import { accept, refuse } from '@spectra/schemas';
import type { Calibration, FieldError, Result } from '@spectra/schemas';
import type { calibrationFilterSchema, createCalibrationSchema } from '@spectra/schemas';
import { runPrepared, type Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { isInState, toCalibration } from './calibration-state.ts';
import type { CalibrationRow } from './calibration-state.ts';
import { findEquipment } from './find-equipment.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { calibrations } from '../tables.ts';

/** Calibrations, newest first: a tool's history, or what is in a certain state. */
export async function listCalibrations<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.infer<typeof calibrationFilterSchema> & { limit: number; offset: number }>,
): Promise<Result<{ items: Calibration[]; total: number }>> {
  const nowMs = context.clock.nowMs();
  const wanted = and(
    body.equipment_id === undefined ? undefined : eq(calibrations.equipment_id, body.equipment_id),
    body.type === undefined ? undefined : eq(calibrations.type, body.type),
    body.state === undefined ? undefined : isInState(body.state, nowMs),
  );
  return context.database.withOrg(caller.orgId, async (tx) => {
    const rows = await tx
      .select()
      .from(calibrations)
      .where(wanted)
      .orderBy(desc(calibrations.performed_at), desc(calibrations.calibration_id))
      .limit(body.limit)
      .offset(body.offset);
    const [counted] = await tx.select({ total: count() }).from(calibrations).where(wanted);
    return accept({
      items: rows.map((row) => toCalibration(row, context.definition.id, nowMs)),
      total: counted?.total ?? 0,
    });
  });
}

export async function getCalibration<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<{ calibration_id: string }>,
): Promise<Result<Calibration>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const [row] = await tx.select().from(calibrations).where(isCalibration(caller.orgId, body));
    return row
      ? accept(toCalibration(row, context.definition.id, context.clock.nowMs()))
      : notFound('calibration', body.calibration_id);
  });
}

/** Takes a calibration back with a reason. It stays on record; the one before it counts again while it is valid. */
export async function revokeCalibration<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<{ calibration_id: string; reason: string }>,
): Promise<Result<Calibration>> {
  const nowMs = context.clock.nowMs();
  return context.database.withOrg(caller.orgId, async (tx) => {
    const which = isCalibration(caller.orgId, body);
    const [row] = await tx
      .update(calibrations)
      .set({ revoked_at: new Date(nowMs), revoked_by: caller.userId, revoked_reason: body.reason })
      .where(and(which, isNull(calibrations.revoked_at)))
      .returning();
    if (row) return accept(toCalibration(row, context.definition.id, nowMs));
    const [known] = await tx.select().from(calibrations).where(which);
    if (!known) return notFound('calibration', body.calibration_id);
    return refuse('conflict', `The calibration was revoked at ${known.revoked_at?.toISOString()} already`);
  });
}

/** Records a calibration of a tool. Records are never changed: a new calibration replaces the older one by its date. */
export async function createCalibration<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.infer<typeof createCalibrationSchema>>,
): Promise<Result<Calibration>> {
  const errors = calibrationErrors(body, context);
  if (errors.length > 0) return refuse('validation_failed', 'The calibration is not usable', errors);
  return context.database.withOrg(caller.orgId, async (tx) => {
    if (!(await findEquipment(tx, caller.orgId, body.equipment_id)))
      return notFound('equipment', body.equipment_id);
    const [row] = await tx
      .insert(calibrations)
      .values({
        org_id: caller.orgId,
        equipment_id: body.equipment_id,
        type: body.type,
        performed_at: new Date(body.performed_at),
        valid_until: new Date(body.valid_until),
        certificate: body.certificate ?? null,
        factor: body.factor,
        uncertainty_pct: body.uncertainty_pct ?? null,
        created_by: caller.userId,
      })
      .returning();
    if (!row) throw new Error('the insert of a calibration returned no row');
    return accept(toCalibration(row, context.definition.id, context.clock.nowMs()));
  });
}

/**
 * The calibration of each type that counts for each of these tools: the one performed last and not revoked. Where
 * all were revoked, the last of them, so that a gate can tell since when there is none.
 */
export async function latestCalibrations(
  tx: Transaction,
  orgId: string,
  equipmentIds: readonly string[],
): Promise<CalibrationRow[]> {
  if (equipmentIds.length === 0) return [];
  return runPrepared<CalibrationRow>(tx, latestStatement, [orgId, equipmentIds]);
}

/** The same for all tools of the organisation that are in service. */
export async function latestOfToolsInService(tx: Transaction, orgId: string): Promise<CalibrationRow[]> {
  return runPrepared<CalibrationRow>(tx, latestInServiceStatement, [orgId]);
}

/** The columns are named as the rows are, and the driver reads their types as the builder does. */
const latestWhere = (isAsked: string) => `select distinct on (equipment_id, type) * from calibrations
  where org_id = $1::uuid and ${isAsked}
  order by equipment_id, type, revoked_at desc nulls first, performed_at desc, created_at desc`;
const latestStatement = {
  name: 'latest-calibrations',
  text: latestWhere('equipment_id = any($2::text[])'),
};
const latestInServiceStatement = {
  name: 'latest-calibrations-in-service',
  text: latestWhere(`equipment_id in (
    select equipment_id from equipment where org_id = $1::uuid and status = 'in_service')`),
};

function isCalibration(orgId: string, { calibration_id: id }: { calibration_id: string }) {
  return and(eq(calibrations.org_id, orgId), eq(calibrations.calibration_id, id));
}

function calibrationErrors<T extends ProcessTypes>(
  body: z.infer<typeof createCalibrationSchema>,
  context: ServiceContext<T>,
): FieldError[] {
  const { calibrationTypes } = context.definition;
  const errors: FieldError[] = [];
  if (!calibrationTypes.includes(body.type)) {
    errors.push({
      path: 'type',
      message: 'unknown type',
      value: body.type,
      limit: { one_of: calibrationTypes },
    });
  }
  if (Date.parse(body.valid_until) <= Date.parse(body.performed_at)) {
    errors.push({
      path: 'valid_until',
      message: 'must be later than performed_at',
      value: body.valid_until,
      limit: { after: body.performed_at },
    });
  }
  if (Date.parse(body.performed_at) > context.clock.nowMs()) {
    errors.push({
      path: 'performed_at',
      message: 'must not lie in the future',
      value: body.performed_at,
      limit: { maximum: new Date(context.clock.nowMs()).toISOString() },
    });
  }
  return errors;
}
