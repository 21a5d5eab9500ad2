import { runCompliance } from '@spectra/run-engine';
import type { ProcessTypes } from '@spectra/run-engine';
import { accept, dossierRpc } from '@spectra/schemas';
import type { Result, RunCompliance, RunDossier } from '@spectra/schemas';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { complianceReport } from './compliance-report.ts';
import { gateRecords } from './gate-records.ts';

/** How a run of the caller's organisation stands to its rules: as judged, and what has changed since. */
export async function readCompliance<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, traceparent, body }: Asked<{ run_id: string }>,
): Promise<Result<RunCompliance>> {
  const dossier = await context.messaging.call('jobs', dossierRpc.getDossier, { caller, traceparent, body });
  if (!dossier.ok) return dossier;
  if (dossier.value.run.process !== context.definition.id) return notFound('run', body.run_id);
  const { evaluated_at: asOf, findings } = await judgedNow(context, dossier.value);
  return accept(runCompliance(dossier.value, { asOf, findings }));
}

/** The rules of the creation by today's records, for the tools that the last judgement looked at. */
function judgedNow<T extends ProcessTypes>(context: ServiceContext<T>, { run, prepared }: RunDossier) {
  const { org_id: orgId, sop_id: sopId, recipe, recipe_hash: recipeHash } = run;
  const equipmentIds = run.equipment_id === null ? prepared.equipment_ids : [run.equipment_id];
  return context.database.withOrg(orgId, async (tx) => {
    const records = await gateRecords(tx, context, { orgId, sopId, equipmentIds });
    return complianceReport(context, { recipe, recipeHash, ending: null }, records);
  });
}
