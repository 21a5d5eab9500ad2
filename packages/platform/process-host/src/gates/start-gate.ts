import { accept } from '@spectra/schemas';
import type { Result } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import { findEquipment } from '../catalog/find-equipment.ts';
import type { EquipmentRow } from '../catalog/find-equipment.ts';
import type { ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import type { CalibratedTool } from './calibration-gate.ts';
import { checkDocuments } from './document-gate.ts';
import type { RecipeReference } from './document-gate.ts';
import type { LimitValues } from './sop-gate.ts';
import { checkTools, usableTools } from './tool-gate.ts';

/** A run that is about to start. */
export interface StartingRun {
  readonly orgId: string;
  readonly equipmentId: string;
  readonly sopId: string;
  readonly named: RecipeReference | null;
  readonly values: LimitValues;
}

/** The gates once more just before the start: what was valid at submit may have changed in the queue. */
export async function startGate<T extends ProcessTypes>(
  context: ServiceContext<T>,
  run: StartingRun,
): Promise<Result<CalibratedTool & { row: EquipmentRow }>> {
  const documents = await checkDocuments(context, run);
  if (!documents.ok) return documents;
  return context.database.withOrg(run.orgId, async (tx) => {
    const row = await findEquipment(tx, run.orgId, run.equipmentId);
    if (!row) return notFound('equipment', run.equipmentId);
    const tools = usableTools(await checkTools(tx, context, { orgId: run.orgId, rows: [row] }));
    if (!tools.ok) return tools;
    const [tool] = tools.value;
    return tool ? accept({ ...tool, row }) : notFound('equipment', run.equipmentId);
  });
}
