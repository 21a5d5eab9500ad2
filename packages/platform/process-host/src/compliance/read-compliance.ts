import { complianceRules, endingOfRecords, endingRulesOf, judgeRun } from '@spectra/run-engine';
import { runCompliance, storedEnd } from '@spectra/run-engine';
import type { ProcessTypes } from '@spectra/run-engine';
import { accept, dossierRpc } from '@spectra/schemas';
import type { ComplianceReport, Result, RunCompliance, RunDossier } from '@spectra/schemas';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { recipeReference } from '../gates/document-gate.ts';
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
  const now = await judgedNow(context, dossier.value);
  const { evaluated_at: asOf, findings } = now;
  return accept(
    runCompliance(dossier.value, judgedByRecords(context, dossier.value, now), { asOf, findings }),
  );
}

/** The rules of the creation by today's records, for the tools that the last judgement looked at. */
function judgedNow<T extends ProcessTypes>(context: ServiceContext<T>, { run, prepared }: RunDossier) {
  const { org_id: orgId, sop_id: sopId, recipe, recipe_hash: recipeHash } = run;
  const equipmentIds = run.equipment_id === null ? prepared.equipment_ids : [run.equipment_id];
  return context.database.withOrg(orgId, async (tx) => {
    const records = await gateRecords(tx, context, {
      orgId,
      sopId,
      named: recipeReference(run),
      equipmentIds,
    });
    return complianceReport(context, { recipe, recipeHash, ending: null }, records);
  });
}

/**
 * The end of a run that no worker told, by the rules that look at the end alone: what the gates look at may have changed
 * since, so their findings stay those of the creation. Null where a worker's judgement is stored, or while it runs.
 */
function judgedByRecords<T extends ProcessTypes>(
  { definition }: ServiceContext<T>,
  dossier: RunDossier,
  now: ComplianceReport,
): ComplianceReport | null {
  const ending = storedEnd(dossier) === null ? endingOfRecords(dossier) : null;
  if (ending === null) return null;
  const evidence = dossier.prepared.compliance?.evidence ?? now.evidence;
  const { recipe_hash: hashNow } = evidence;
  const facts = { evidence, calibrationTypes: [], recipe: { hashNow, fault: null, warnings: [] }, ending };
  const { evaluated_at, judged_by } = now;
  const judged = judgeRun(endingRulesOf(complianceRules(definition)), 'end', facts);
  return { stage: 'end', evaluated_at, ...judged, evidence, judged_by };
}
