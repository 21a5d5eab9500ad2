import { runPrepared, type Transaction } from '@spectra/database';
import type { equipment } from '../tables.ts';

export type EquipmentRow = typeof equipment.$inferSelect;

/** The row of a tool, or undefined when the organisation has none of that id. */
export async function findEquipment(
  tx: Transaction,
  orgId: string,
  equipmentId: string,
): Promise<EquipmentRow | undefined> {
  const rows = await runPrepared<EquipmentRow>(tx, oneTool, [orgId, equipmentId]);
  return rows[0];
}

/** All tools of the organisation that are in service, by id. */
export async function equipmentInService(tx: Transaction, orgId: string): Promise<EquipmentRow[]> {
  return runPrepared<EquipmentRow>(tx, toolsInService, [orgId]);
}

const oneTool = {
  name: 'one-tool',
  text: 'select * from equipment where org_id = $1::uuid and equipment_id = $2',
};
const toolsInService = {
  name: 'tools-in-service',
  text: `select * from equipment where org_id = $1::uuid and status = 'in_service' order by equipment_id`,
};
