import { and, asc, count, eq } from 'drizzle-orm';
import { accept, refuse } from '@spectra/schemas';
import type { Equipment, FieldError, Result, SimulatorSettings } from '@spectra/schemas';
import type { ProcessDefinition, ProcessTypes } from '@spectra/run-engine';
import { missingTypes, toCalibration } from './calibration-state.ts';
import { latestCalibrations } from './calibrations.ts';
import { findEquipment } from './find-equipment.ts';
import type { EquipmentRow } from './find-equipment.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { equipment } from '../tables.ts';

/** The organisation's tools of this process, by id. */
export async function listEquipment<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<{ limit: number; offset: number }>,
): Promise<Result<{ items: Equipment[]; total: number }>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const rows = await tx
      .select()
      .from(equipment)
      .orderBy(asc(equipment.equipment_id))
      .limit(body.limit)
      .offset(body.offset);
    const [counted] = await tx.select({ total: count() }).from(equipment);
    return accept({
      items: rows.map((row) => toEquipment(row, context.definition)),
      total: counted?.total ?? 0,
    });
  });
}

/** One tool with its latest calibration of each type and the types that it lacks. */
export async function getEquipment<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<{ equipment_id: string }>,
) {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const row = await findEquipment(tx, caller.orgId, body.equipment_id);
    if (!row) return notFound('equipment', body.equipment_id);
    const latest = await latestCalibrations(tx, caller.orgId, [body.equipment_id]);
    const nowMs = context.clock.nowMs();
    return accept({
      ...toEquipment(row, context.definition),
      calibrations: latest.map((calibration) => toCalibration(calibration, context.definition.id, nowMs)),
      missing_calibrations: missingTypes(context.definition.calibrationTypes, latest),
    });
  });
}

/** Registers a tool; its id is unique in the organisation. */
export async function createEquipment<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<{ equipment_id: string; name: string; simulator?: SimulatorSettings | undefined }>,
): Promise<Result<Equipment>> {
  const simulator = body.simulator ?? { noise_scale: 1, faults: [] };
  const faults = unknownFaults(context.definition, simulator);
  if (faults.length > 0) return refuse('validation_failed', 'The simulator does not know a fault', faults);
  return context.database.withOrg(caller.orgId, async (tx) => {
    const [row] = await tx
      .insert(equipment)
      .values({
        org_id: caller.orgId,
        equipment_id: body.equipment_id,
        type: context.definition.equipmentType,
        name: body.name,
        simulator,
      })
      .onConflictDoNothing()
      .returning();
    if (!row) return refuse('conflict', `Equipment "${body.equipment_id}" exists already`);
    return accept(toEquipment(row, context.definition));
  });
}

/** Sets how the simulated tool behaves from its next wafer on. */
export async function setSimulator<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<{ equipment_id: string; simulator: SimulatorSettings }>,
): Promise<Result<Equipment>> {
  const faults = unknownFaults(context.definition, body.simulator);
  if (faults.length > 0) return refuse('validation_failed', 'The simulator does not know a fault', faults);
  return context.database.withOrg(caller.orgId, async (tx) => {
    const [row] = await tx
      .update(equipment)
      .set({ simulator: body.simulator })
      .where(and(eq(equipment.org_id, caller.orgId), eq(equipment.equipment_id, body.equipment_id)))
      .returning();
    return row ? accept(toEquipment(row, context.definition)) : notFound('equipment', body.equipment_id);
  });
}

function unknownFaults<T extends ProcessTypes>(
  definition: ProcessDefinition<T>,
  simulator: SimulatorSettings,
): FieldError[] {
  const known = definition.faultKinds.map((fault) => fault.kind);
  return simulator.faults.flatMap((fault, index) =>
    known.includes(fault.kind)
      ? []
      : [
          {
            path: `simulator.faults.${index}.kind`,
            message: 'unknown fault',
            value: fault.kind,
            limit: { one_of: known },
          },
        ],
  );
}

/** A tool as the API shows it. */
export function toEquipment<T extends ProcessTypes>(
  row: EquipmentRow,
  definition: ProcessDefinition<T>,
): Equipment {
  return {
    equipment_id: row.equipment_id,
    process: definition.id,
    type: row.type,
    name: row.name,
    status: row.status,
    simulator: row.simulator,
    created_at: row.created_at.toISOString(),
  };
}
