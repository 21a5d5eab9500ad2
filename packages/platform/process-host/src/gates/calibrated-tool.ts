import { and, eq } from 'drizzle-orm';
import { refuse } from '@spectra/schemas';
import type { Result } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { findEquipment } from '../catalog/find-equipment.ts';
import type { ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { calibrations } from '../tables.ts';
import type { CalibratedTool } from './calibration-gate.ts';
import { checkTools, usableTools } from './tool-gate.ts';

/** The tool of a calibration that a request names, if that calibration is the one that counts for it now. */
export async function calibratedTool<T extends ProcessTypes>(
  tx: Transaction,
  context: ServiceContext<T>,
  wanted: { orgId: string; calibrationId: string; equipmentId: string | undefined },
): Promise<Result<CalibratedTool[]>> {
  const { orgId, calibrationId, equipmentId } = wanted;
  const [named] = await tx
    .select()
    .from(calibrations)
    .where(and(eq(calibrations.org_id, orgId), eq(calibrations.calibration_id, calibrationId)));
  if (!named) return notFound('calibration', calibrationId);
  if (named.revoked_at !== null) {
    const message = `was revoked at ${named.revoked_at.toISOString()} (${named.revoked_reason})`;
    return refuse('calibration_missing', `The calibration ${message}`, [
      { path: 'calibration_id', message, value: calibrationId },
    ]);
  }
  if (equipmentId !== undefined && equipmentId !== named.equipment_id) {
    return otherTool(calibrationId, named.equipment_id, equipmentId);
  }
  const row = await findEquipment(tx, orgId, named.equipment_id);
  if (!row) return notFound('equipment', named.equipment_id);
  const tools = usableTools(await checkTools(tx, context, { orgId, rows: [row] }));
  if (!tools.ok || tools.value.some((tool) => tool.calibrationIds.includes(calibrationId))) return tools;
  return refuse('conflict', `A later ${named.type} calibration of ${named.equipment_id} counts`, [
    { path: 'calibration_id', message: 'was replaced by a later calibration', value: calibrationId },
  ]);
}

function otherTool(calibrationId: string, calibrated: string, wanted: string): Result<never> {
  return refuse('validation_failed', `The calibration is of ${calibrated}, not of ${wanted}`, [
    {
      path: 'calibration_id',
      message: `is a calibration of ${calibrated}`,
      value: calibrationId,
      limit: { equipment_id: wanted },
    },
  ]);
}
