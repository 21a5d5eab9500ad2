import { refuse } from '@spectra/schemas';
import type { Result } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { latestCalibrations } from '../catalog/calibrations.ts';
import type { EquipmentRow } from '../catalog/find-equipment.ts';
import type { ServiceContext } from '../service-context.ts';
import { calibrationGate } from './calibration-gate.ts';
import type { CalibratedTool } from './calibration-gate.ts';

/** For each tool whether it may take a run now: in service, and with a valid calibration of every type. */
export async function checkTools<T extends ProcessTypes>(
  tx: Transaction,
  context: ServiceContext<T>,
  tools: { orgId: string; rows: readonly EquipmentRow[] },
): Promise<Result<CalibratedTool>[]> {
  const ids = tools.rows.map((row) => row.equipment_id);
  const calibrations = await latestCalibrations(tx, tools.orgId, ids);
  const required = context.definition.calibrationTypes;
  const nowMs = context.clock.nowMs();
  return tools.rows.map(({ equipment_id: equipmentId, status }) => {
    if (status !== 'in_service') return outOfService(equipmentId);
    const latest = calibrations.filter((calibration) => calibration.equipment_id === equipmentId);
    return calibrationGate({ equipmentId, required, latest, nowMs });
  });
}

/** The tools that may take a run; when none may, the reason of the first. */
export function usableTools(checked: readonly Result<CalibratedTool>[]): Result<CalibratedTool[]> {
  const usable = checked.flatMap((tool) => (tool.ok ? [tool.value] : []));
  if (usable.length > 0) return { ok: true, value: usable };
  const refused = checked.find((tool) => !tool.ok);
  return (
    refused ?? refuse('equipment_unavailable', 'The organisation has no equipment of this process in service')
  );
}

function outOfService(equipmentId: string): Result<never> {
  return refuse('equipment_unavailable', `Equipment ${equipmentId} is out of service`, [
    { path: 'equipment_id', message: 'is out of service', value: equipmentId },
  ]);
}
