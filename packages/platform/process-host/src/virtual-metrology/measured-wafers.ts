import { and, desc, eq } from 'drizzle-orm';
import type { Transaction } from '@spectra/database';
import { metrology, vmWafers } from '../prediction-tables.ts';
import type { LearningWafer } from './learnt-model.ts';
import { LEARNING_WAFERS_MAX } from './lineage.ts';

/** Measured wafers of a family in the order in which metrology told; of each wafer its last measurement. */
export async function measuredWafers(
  tx: Transaction,
  wanted: { orgId: string; family: string; parameter: string },
): Promise<LearningWafer[]> {
  const { orgId, family, parameter } = wanted;
  const last = tx
    .selectDistinctOn([metrology.run_id, metrology.wafer_id], {
      arrival: metrology.arrival,
      measured: metrology.value,
      run_id: vmWafers.run_id,
      equipment_id: vmWafers.equipment_id,
      features: vmWafers.features,
      physics: vmWafers.physics,
    })
    .from(metrology)
    .innerJoin(
      vmWafers,
      and(
        eq(vmWafers.org_id, metrology.org_id),
        eq(vmWafers.run_id, metrology.run_id),
        eq(vmWafers.wafer_id, metrology.wafer_id),
      ),
    )
    .where(and(eq(metrology.org_id, orgId), eq(metrology.parameter, parameter), eq(vmWafers.family, family)))
    .orderBy(metrology.run_id, metrology.wafer_id, desc(metrology.measured_at), desc(metrology.arrival))
    .as('last');
  const rows = await tx
    .select()
    .from(last)
    .orderBy(desc(last.arrival))
    // As many again, so that the wafers since a drift are found beside those that are learnt from.
    .limit(2 * LEARNING_WAFERS_MAX);
  return rows.toReversed().flatMap((row) => {
    const physics = row.physics[parameter] ?? null;
    if (physics === null) return [];
    const { arrival, measured, features } = row;
    return [{ arrival, measured, physics, features, runId: row.run_id, equipmentId: row.equipment_id }];
  });
}
