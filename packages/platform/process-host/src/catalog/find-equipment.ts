import { and, eq } from 'drizzle-orm';
import type { Transaction } from '@spectra/database';
import { equipment } from '../tables.ts';

export type EquipmentRow = typeof equipment.$inferSelect;

/** The row of a tool, or undefined when the organisation has none of that id. */
export async function findEquipment(
  tx: Transaction,
  orgId: string,
  equipmentId: string,
): Promise<EquipmentRow | undefined> {
  const rows = await tx
    .select()
    .from(equipment)
    .where(and(eq(equipment.org_id, orgId), eq(equipment.equipment_id, equipmentId)));
  return rows[0];
}
