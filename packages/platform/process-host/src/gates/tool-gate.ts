import { refuse } from '@spectra/schemas';
import type { Result } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import type { CalibrationRow } from '../catalog/calibration-state.ts';
import { latestCalibrations, latestOfToolsInService } from '../catalog/calibrations.ts';
import { lastEvents } from '../catalog/equipment-events.ts';
import type { EquipmentEventRow } from '../catalog/equipment-events.ts';
import { equipmentInService } from '../catalog/find-equipment.ts';
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
  const resting = tools.rows.filter(({ status }) => status !== 'in_service').map((row) => row.equipment_id);
  const [calibrations, events] = await Promise.all([
    latestCalibrations(tx, tools.orgId, ids),
    lastEvents(tx, tools.orgId, resting),
  ]);
  return judgeTools(context, { rows: tools.rows, calibrations, events });
}

/** The same for all tools that are in service. */
export async function checkToolsInService<T extends ProcessTypes>(
  tx: Transaction,
  context: ServiceContext<T>,
  orgId: string,
): Promise<Result<CalibratedTool>[]> {
  const [rows, calibrations] = await Promise.all([
    equipmentInService(tx, orgId),
    latestOfToolsInService(tx, orgId),
  ]);
  return judgeTools(context, { rows, calibrations, events: new Map() });
}

function judgeTools<T extends ProcessTypes>(
  { definition, clock }: ServiceContext<T>,
  found: {
    rows: readonly EquipmentRow[];
    calibrations: readonly CalibrationRow[];
    events: ReadonlyMap<string, EquipmentEventRow>;
  },
): Result<CalibratedTool>[] {
  const required = definition.calibrationTypes;
  const nowMs = clock.nowMs();
  return found.rows.map((row) => {
    const { equipment_id: equipmentId, created_at: registeredAt } = row;
    if (row.status !== 'in_service') return notInService(row, found.events.get(equipmentId));
    const latest = found.calibrations.filter((calibration) => calibration.equipment_id === equipmentId);
    return calibrationGate({ equipmentId, registeredAt, required, latest, nowMs });
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

function notInService(row: EquipmentRow, event: EquipmentEventRow | undefined): Result<never> {
  const state = { in_service: 'in service', out_of_service: 'out of service', maintenance: 'in maintenance' };
  const since = event ? ` since ${event.at.toISOString()} (${event.reason})` : '';
  const message = `is ${state[row.status]}${since}`;
  return refuse('equipment_unavailable', `Equipment ${row.equipment_id} ${message}`, [
    { path: 'equipment_id', message, value: row.equipment_id },
  ]);
}
