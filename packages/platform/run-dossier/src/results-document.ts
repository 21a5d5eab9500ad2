import type { Alert, Result, RunCompliance, RunDossier, RunResults } from '@spectra/schemas';

/** What was read of a run; a part that could not be read is its refusal. */
export type ResultParts = {
  dossier: RunDossier;
  compliance: Result<RunCompliance>;
  alarms: Result<Alert[]>;
};

/** The results document of a run in any state; what is not known yet is null or empty. */
export function resultsDocument(parts: ResultParts): RunResults {
  const { dossier } = parts;
  const { run, prepared, attempts } = dossier;
  const compliance = parts.compliance.ok ? parts.compliance.value : null;
  const alarms = parts.alarms.ok ? parts.alarms.value : null;
  return {
    run_id: run.run_id,
    job_id: run.job_id,
    process: run.process,
    status: run.status,
    error_message: run.error_message,
    error_code: run.error_code,
    held_reason: run.held_reason,
    incomplete: incompleteParts(parts),
    kpis: kpisOf(dossier, { compliance, alarms }),
    recipe: { hash: run.recipe_hash, body: run.recipe, warnings: prepared.warnings },
    lot: {
      lot_id: run.lot_id,
      comments: run.comments,
      wafers: run.wafers,
      source_run_id: run.source_run_id,
    },
    ...outcomeOf(dossier),
    alarms,
    gates: {
      sop_id: run.sop_id,
      equipment_ids: prepared.equipment_ids,
      calibration_ids: prepared.calibration_ids,
      warnings: prepared.warnings,
    },
    evidence: compliance?.at_end?.evidence ?? prepared.compliance?.evidence ?? null,
    compliance: compliance === null ? null : complianceInShort(compliance),
    artifacts: run.artifacts,
    timing: {
      created_at: run.created_at,
      started_at: run.started_at,
      completed_at: run.completed_at,
      time_scale: run.time_scale,
      estimated_tool_time_s: prepared.estimated_tool_time_s,
    },
    attempts,
    reproducibility: {
      recipe_hash: run.recipe_hash,
      seed: run.seed,
      equipment_id: run.equipment_id,
      retry_of: dossier.retry_of,
      code_version: compliance?.end_told_by === 'worker' ? codeVersionOf(compliance) : null,
      models: modelsOf(dossier),
    },
    uncertainty: run.outcome?.uncertainty ?? null,
  };
}

function outcomeOf({ run }: RunDossier) {
  const { outcome } = run;
  return {
    metrics: outcome?.metrics ?? {},
    wafers: outcome?.wafers ?? [],
    virtual_metrology: {
      prediction: outcome?.vm_prediction ?? {},
      parameters: outcome?.virtual_metrology ?? [],
    },
    advice: outcome?.advice ?? [],
    spc: { alerts: outcome?.spc_alerts_count ?? null, points: outcome?.spc ?? [] },
  };
}

/** The learnt models that had a say in the predictions, by parameter. */
function modelsOf({ run }: RunDossier): Record<string, unknown> {
  const learnt = (run.outcome?.virtual_metrology ?? []).filter((one) => one.model_id !== null);
  return Object.fromEntries(
    learnt.map(({ parameter, model_id, model_version, stage }) => [
      parameter,
      { model_id, model_version, stage },
    ]),
  );
}

function kpisOf(
  { run, attempts }: RunDossier,
  known: { compliance: RunCompliance | null; alarms: readonly Alert[] | null },
): RunResults['kpis'] {
  const points = run.outcome?.spc ?? [];
  const inControl = points.filter((point) => point.rule === null).length;
  return {
    wafers: run.wafers.length,
    wafers_processed: run.outcome?.wafers.length ?? wafersDoneOf(known.compliance),
    spc_points_in_control_pct: points.length === 0 ? null : (100 * inControl) / points.length,
    spc_alerts: run.outcome?.spc_alerts_count ?? null,
    alarms: known.alarms === null ? null : countBySeverity(known.alarms),
    attempts: attempts.length,
    queue_s: secondsBetween(run.created_at, run.started_at),
    duration_s: run.duration_seconds,
  };
}

function codeVersionOf({ at_end: atEnd }: RunCompliance): string | null {
  return atEnd?.judged_by.code_version ?? null;
}

/** Of a run that was not completed: what its worker or its last checkpoint counted, else none. */
function wafersDoneOf(compliance: RunCompliance | null): number {
  const completion = compliance?.at_end?.findings.find((finding) => finding.rule === 'completion');
  const done = completion?.evidence['wafers_done'];
  return typeof done === 'number' ? done : 0;
}

function countBySeverity(alarms: readonly Alert[]) {
  const count = (severity: Alert['severity']) => alarms.filter((one) => one.severity === severity).length;
  return { critical: count('critical'), warning: count('warning'), info: count('info') };
}

function secondsBetween(from: string, to: string | null): number | null {
  return to === null ? null : (Date.parse(to) - Date.parse(from)) / 1000;
}

function complianceInShort({ verdict, summary, violations, warnings }: RunCompliance) {
  return { verdict, summary, violations, warnings };
}

function incompleteParts({ compliance, alarms }: ResultParts): RunResults['incomplete'] {
  const parts: RunResults['incomplete'] = [];
  if (!compliance.ok) parts.push({ part: 'compliance', reason: compliance.refusal.detail });
  if (!alarms.ok) parts.push({ part: 'alarms', reason: alarms.refusal.detail });
  return parts;
}
