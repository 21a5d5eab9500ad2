import { and, count, desc, eq, inArray } from 'drizzle-orm';
import { accept, refuse } from '@spectra/schemas';
import type { Equipment, EquipmentEvent, EquipmentStatus, Result } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { equipment, equipmentEvents } from '../tables.ts';
import { toEquipment } from './equipment.ts';
import { findEquipment } from './find-equipment.ts';

export type EquipmentEventRow = typeof equipmentEvents.$inferSelect;

/** Brings a tool into service, out of it or into maintenance; the change is kept with who and why. */
export async function setEquipmentStatus<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<{ equipment_id: string; status: EquipmentStatus; reason: string }>,
): Promise<Result<Equipment>> {
  const { orgId } = caller;
  const { equipment_id: id, status, reason } = body;
  const which = and(eq(equipment.org_id, orgId), eq(equipment.equipment_id, id));
  return context.database.withOrg(orgId, async (tx) => {
    const [present] = await tx.select().from(equipment).where(which).for('update');
    if (!present) return notFound('equipment', id);
    if (present.status === status) return refuse('conflict', `Equipment ${id} is ${status} already`);
    const [row] = await tx.update(equipment).set({ status }).where(which).returning();
    if (!row) throw new Error('the update of a locked tool returned no row');
    const at = new Date(context.clock.nowMs());
    await tx
      .insert(equipmentEvents)
      .values({ org_id: orgId, equipment_id: id, kind: status, reason, by: caller.userId, at });
    return accept(toEquipment(row, context.definition));
  });
}

/** What happened to a tool, newest first. */
export async function listEquipmentEvents<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<{ equipment_id: string; limit: number; offset: number }>,
): Promise<Result<{ items: EquipmentEvent[]; total: number }>> {
  const { orgId } = caller;
  const { equipment_id: id, limit, offset } = body;
  const ofTool = and(eq(equipmentEvents.org_id, orgId), eq(equipmentEvents.equipment_id, id));
  return context.database.withOrg(orgId, async (tx) => {
    if (!(await findEquipment(tx, orgId, id))) return notFound('equipment', id);
    const rows = await tx
      .select()
      .from(equipmentEvents)
      .where(ofTool)
      .orderBy(desc(equipmentEvents.event_id))
      .limit(limit)
      .offset(offset);
    const [counted] = await tx.select({ total: count() }).from(equipmentEvents).where(ofTool);
    return accept({ items: rows.map(toEvent), total: counted?.total ?? 0 });
  });
}

/** The last event of each of these tools, by tool. */
export async function lastEvents(
  tx: Transaction,
  orgId: string,
  equipmentIds: readonly string[],
): Promise<Map<string, EquipmentEventRow>> {
  if (equipmentIds.length === 0) return new Map();
  const rows = await tx
    .selectDistinctOn([equipmentEvents.equipment_id])
    .from(equipmentEvents)
    .where(and(eq(equipmentEvents.org_id, orgId), inArray(equipmentEvents.equipment_id, [...equipmentIds])))
    .orderBy(equipmentEvents.equipment_id, desc(equipmentEvents.event_id));
  return new Map(rows.map((row) => [row.equipment_id, row]));
}

function toEvent(row: EquipmentEventRow): EquipmentEvent {
  const { event_id, equipment_id, kind, reason, by } = row;
  return { event_id, equipment_id, kind, reason, by, at: row.at.toISOString() };
}
