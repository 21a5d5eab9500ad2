import type { Alarm, DetectionModelRecord, SpcLimits } from '@spectra/schemas';

const at = '2026-01-01T00:00:00.000Z';

/** An alarm that a tool raised in a run. */
export function alarmRecord(equipmentId: string, runId: string): Alarm {
  return {
    alarm_id: `ion.${equipmentId}.beam_drift`,
    run_id: runId,
    equipment_id: equipmentId,
    parameter: 'beam_current_ma',
    message: 'The source drifts up (CUSUM of its yield)',
    severity: 'warning',
    state: 'raised',
    value: 6,
    limit: 5,
    time_s: 3,
    at,
    process: 'ion',
    source: 'beam_drift',
    latched: false,
    active: true,
    occurrences: 1,
    first_raised_at: at,
    raised_at: at,
    cleared_at: null,
    changed_at: at,
    acknowledged: null,
    shelved: null,
  };
}

/** Limits as a process service tells them. */
export const limitsRecord: SpcLimits = {
  limit_id: '55555555-5555-4555-8555-555555555555',
  process: 'ion',
  parameter: 'dose_error_pct',
  unit: '%',
  equipment_id: 'IMP-01',
  family: null,
  center: 0,
  sigma: 0.1,
  lower: -0.3,
  upper: 0.3,
  method: 'given',
  rules: 'nelson',
  spec_limits: null,
  phase_one: null,
  capability: null,
  version: 1,
  in_force: true,
  created_by: 'engineer',
  created_at: at,
  comment: '',
};

/** A detection model as a process service tells it. */
export function detectionModelRecord(modelId: string, process: string): DetectionModelRecord {
  return {
    model_id: modelId,
    process,
    equipment_id: 'IMP-01',
    family: 'P 40 keV',
    version: 1,
    stage: 'learning',
    features: ['beam_current', 'source_current'],
    components: 1,
    explained_share: 0.9,
    confidence: 0.999,
    limits: { t2: 20, spe: 5 },
    learnt_from: { wafers: 25, first_run_id: 'A', last_run_id: 'B', from: at, to: at },
    scored: 0,
    called_faulty: 0,
    created_by: 'system',
    created_at: at,
    stage_changed_by: 'system',
    stage_changed_at: at,
  };
}
