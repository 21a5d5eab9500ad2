import type { ComplianceReport, RunCompliance, RunDossier, RunRecord } from '@spectra/schemas';

/** The organisation of the run. */
export const orgId = '11111111-1111-4111-8111-111111111111';
const jobId = '22222222-2222-4222-8222-222222222222';
const sopId = '33333333-3333-4333-8333-333333333333';

/** A completed implant of one wafer with everything that is kept of it; `change` alters its record. */
export function completedDossier(change: Partial<RunRecord> = {}): RunDossier {
  const run: RunRecord = {
    run_id: 'ION-1',
    job_id: jobId,
    org_id: orgId,
    process: 'ion',
    status: 'completed',
    cancel_requested: false,
    progress: 100,
    current_step: 'Completed',
    eta_s: null,
    attempt: 1,
    recipe: { species: 'P', energy_kev: 40 },
    recipe_hash: 'h',
    recipe_id: null,
    recipe_version: null,
    wafers: [{ wafer_id: 'W1', slot: 1 }],
    lot_id: 'LOT-1',
    comments: null,
    equipment_id: 'IMP-1',
    sop_id: sopId,
    source_run_id: null,
    time_scale: 100,
    seed: 1,
    priority: 0,
    created_by: 'somebody',
    created_at: '2026-01-01T00:00:00.000Z',
    started_at: '2026-01-01T00:00:10.000Z',
    completed_at: '2026-01-01T00:01:00.000Z',
    duration_seconds: 50,
    error_message: null,
    error_code: null,
    held_reason: null,
    outcome: {
      metrics: { dose_error_pct: 0.1 },
      vm_prediction: { junction_depth_um: 0.2 },
      virtual_metrology: [
        {
          parameter: 'junction_depth_um',
          unit: 'µm',
          value: 0.21,
          physics: 0.2,
          corrected: 0.21,
          low: 0.19,
          high: 0.23,
          confidence: 0.9,
          model_id: 'm-1',
          model_version: 3,
          stage: 'active',
        },
      ],
      spc_alerts_count: 1,
      spc: [
        { chart: 'dose_error_pct', value: 0.1, rule: null },
        { chart: 'dose_uniformity_pct', value: 1.1, rule: 'beyond_limits' },
      ],
      advice: [],
      wafers: [{ wafer_id: 'W1', slot: 1, metrics: { dose_error_pct: 0.1 } }],
    },
    logs_uri: null,
    artifacts: [],
    ...change,
  };
  return {
    run,
    prepared: {
      recipe: run.recipe,
      recipe_hash: run.recipe_hash,
      recipe_id: null,
      recipe_version: null,
      equipment_ids: ['IMP-1', 'IMP-2'],
      sop_id: sopId,
      calibration_ids: ['44444444-4444-4444-8444-444444444444'],
      warnings: [],
      estimated_tool_time_s: 60,
      default_time_scale: 100,
      compliance: report('create'),
    },
    retry_of: null,
    cancel_reason: null,
    last_checkpoint: { exposed: true, wafers_done: 1, wafer_started: false },
    attempts: [
      {
        attempt: 1,
        worker_id: 'ion-service-1',
        equipment_id: 'IMP-1',
        lease_token: 4,
        started_at: '2026-01-01T00:00:10.000Z',
        ended_at: '2026-01-01T00:01:00.000Z',
        ending: 'completed',
        error: null,
      },
    ],
    reports: [{ attempt: 1, report: report('end') }],
  };
}

/** The compliance document of a compliant run. */
export function judged(dossier: RunDossier): RunCompliance {
  const atEnd = dossier.reports[0]?.report ?? null;
  return {
    run_id: dossier.run.run_id,
    process: dossier.run.process,
    run_status: dossier.run.status,
    recipe_hash: dossier.run.recipe_hash,
    verdict: 'compliant',
    summary: 'All rules are kept',
    at_create: dossier.prepared.compliance ?? null,
    at_end: atEnd,
    end_told_by: atEnd === null ? null : 'worker',
    earlier_attempts: [],
    rules: [],
    violations: [],
    warnings: [],
    since: { as_of: '2026-01-02T00:00:00.000Z', changes: [] },
  };
}

function report(stage: 'create' | 'end'): ComplianceReport {
  return {
    stage,
    evaluated_at: '2026-01-01T00:01:00.000Z',
    verdict: 'compliant',
    findings: [
      {
        rule: 'completion',
        title: 'Run completed',
        requirement: 'Every wafer went through',
        weight: 'required',
        status: 'passed',
        detail: '1 of 1 wafers',
        evidence: { wafers_done: 1 },
      },
    ],
    evidence: { recipe_hash: 'h', recipe_values: {}, sop: null, tools: [] },
    judged_by: { service: 'ion-service', code_version: '0.1.0+test' },
  };
}
