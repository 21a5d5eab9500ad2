import { and, asc, eq, inArray } from 'drizzle-orm';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { latestCalibrations } from '../catalog/calibrations.ts';
import { findRecipe } from '../catalog/recipe-view.ts';
import { findSop } from '../catalog/sops.ts';
import type { RecipeReference } from '../gates/document-gate.ts';
import type { ServiceContext } from '../service-context.ts';
import { equipment } from '../tables.ts';
import type { GateRecords } from './compliance-report.ts';

/** Named recipe, SOP, tools and calibrations of a run as they stand now. */
export async function gateRecords<T extends ProcessTypes>(
  tx: Transaction,
  context: ServiceContext<T>,
  run: {
    orgId: string;
    sopId: string | null;
    named: RecipeReference | null;
    equipmentIds: readonly string[];
  },
): Promise<GateRecords> {
  const sop =
    run.sopId === null
      ? undefined
      : await findSop(tx, { orgId: run.orgId, sopId: run.sopId }, context.definition.id);
  const { named, orgId } = run;
  const recipe = named && { ...named, record: await findRecipe(tx, context, { orgId, ...named }) };
  const tools = await tx
    .select({ equipment_id: equipment.equipment_id, status: equipment.status })
    .from(equipment)
    .where(and(eq(equipment.org_id, run.orgId), inArray(equipment.equipment_id, [...run.equipmentIds])))
    .orderBy(asc(equipment.equipment_id));
  const calibrations = await latestCalibrations(tx, run.orgId, run.equipmentIds);
  return { sop: sop ?? null, named: recipe, tools, calibrations };
}
