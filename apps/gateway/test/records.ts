import { randomUUID } from 'node:crypto';
import type {
  Artifact,
  Calibration,
  Equipment,
  JobRecord,
  RunCompliance,
  RunDossier,
  RecipeVersion,
  RunRecord,
  Sop,
  ThreadView,
  ToolJobRecord,
  VmModel,
} from '@spectra/schemas';

const at = '2026-01-01T00:00:00.000Z';

/** A stored file as the orchestrator tells it. */
function artifactRecord(orgId: string, runId: string): Artifact {
  return {
    artifact_id: randomUUID(),
    kind: 'telemetry',
    name: 'telemetry.json',
    media_type: 'application/json',
    size_bytes: 2,
    sha256: '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    uri: `s3://spectra/org/${orgId}/runs/${runId}/telemetry/telemetry.json`,
  };
}

/** A queued run as the orchestrator tells it. */
export function runRecord(facts: Pick<RunRecord, 'run_id' | 'org_id' | 'process'>): RunRecord {
  return {
    ...facts,
    job_id: randomUUID(),
    status: 'queued',
    cancel_requested: false,
    progress: 0,
    current_step: 'Queued',
    eta_s: null,
    attempt: 0,
    recipe: { species: 'P' },
    recipe_hash: 'a'.repeat(64),
    recipe_id: null,
    recipe_version: null,
    wafers: [{ wafer_id: 'W1', slot: 1 }],
    lot_id: null,
    comments: null,
    equipment_id: null,
    sop_id: randomUUID(),
    source_run_id: null,
    time_scale: 100,
    seed: 1,
    priority: 0,
    created_by: 'somebody',
    created_at: at,
    started_at: null,
    completed_at: null,
    duration_seconds: null,
    error_message: null,
    error_code: null,
    held_reason: null,
    outcome: null,
    logs_uri: null,
    artifacts: [artifactRecord(facts.org_id, facts.run_id)],
  };
}

/** A run with what is kept beside it. */
export function dossierRecord(run: RunRecord): RunDossier {
  return {
    run,
    prepared: {
      recipe: run.recipe,
      recipe_hash: run.recipe_hash,
      equipment_ids: ['T1'],
      sop_id: run.sop_id ?? randomUUID(),
      recipe_id: null,
      recipe_version: null,
      calibration_ids: [],
      warnings: [],
      estimated_tool_time_s: 60,
      default_time_scale: 100,
    },
    retry_of: null,
    cancel_reason: null,
    last_checkpoint: null,
    attempts: [],
    reports: [],
  };
}

/** How a run stands to its rules, as its process service tells it. */
export function complianceRecord(run: RunRecord): RunCompliance {
  return {
    run_id: run.run_id,
    process: run.process,
    run_status: run.status,
    recipe_hash: run.recipe_hash,
    verdict: 'pending',
    summary: 'The run is queued',
    at_create: null,
    at_end: null,
    end_told_by: null,
    earlier_attempts: [],
    rules: [],
    violations: [],
    warnings: [],
    since: { as_of: at, changes: [] },
  };
}

/** The job of a run. */
export function jobRecord(run: RunRecord): JobRecord {
  return {
    job_id: run.job_id,
    run_id: run.run_id,
    org_id: run.org_id,
    user_id: run.created_by,
    job_type: run.process === 'ion' ? 'ion_implant' : 'rtp',
    tool: null,
    queue: run.process,
    priority: 0,
    status: run.status,
    cancel_requested: run.cancel_requested,
    progress: run.progress,
    current_step: run.current_step,
    eta_s: null,
    attempt: 0,
    max_retries: 3,
    retry_count: 0,
    retry_of: null,
    position_in_queue: 1,
    equipment_id: null,
    created_at: at,
    started_at: null,
    completed_at: null,
    run_at: null,
    error_message: null,
    error_code: null,
    held_reason: null,
    logs_uri: null,
    artifacts: run.artifacts,
  };
}

/** A job of a tool under the id of a run's job. */
export function toolJobRecord(run: RunRecord): ToolJobRecord {
  return {
    job_id: run.job_id,
    org_id: run.org_id,
    user_id: run.created_by,
    tool: 'ping',
    status: 'completed',
    cancel_requested: false,
    progress: 100,
    current_step: 'Answered at once',
    eta_s: null,
    attempt: 1,
    priority: 0,
    position_in_queue: null,
    created_at: at,
    started_at: at,
    completed_at: at,
    expires_at: '2026-01-02T00:00:00.000Z',
    error_message: null,
    error_code: null,
    trace_id: 'a'.repeat(32),
    result: 'pong',
    artifacts: run.artifacts,
  };
}

/** A tool as its process service tells it. */
export function equipmentRecord(equipmentId: string, process: string): Equipment {
  return {
    equipment_id: equipmentId,
    process,
    type: 'simulated',
    name: equipmentId,
    status: 'in_service',
    simulator: { noise_scale: 1, faults: [] },
    created_at: at,
  };
}

/** A SOP draft as its process service tells it. */
export function sopRecord(process: string): Sop {
  return {
    sop_id: randomUUID(),
    process,
    title: 'A procedure',
    body: '',
    hazard_class: 'medium',
    limits: {},
    ...firstVersion,
  };
}

/** A run-to-run thread without any result. */
export function threadRecord(process: string): ThreadView {
  return {
    thread_id: randomUUID(),
    process,
    equipment_id: 'T1',
    recipe_hash: 'b'.repeat(64),
    layer: null,
    loop: 'dose',
    settings: {
      lambda1: 0.3,
      lambda2: 0,
      target: 1,
      model_gain: 1,
      gain_ratio_max: 1.5,
      input_min: 0.95,
      input_max: 1.05,
      move_max: 0.01,
      dead_band: 0.001,
      noise_sigma: 0.001,
      outlier_sigma: 5,
    },
    changed: [],
    spectral_radius: 0.7,
    restarted_at: null,
    restart_reason: null,
    created_at: at,
    state: { intercept: 0, drift: 0, input: 1, samples: 0, held_back: 0 },
    advice: {
      loop: 'dose',
      parameter: 'dose_atoms_cm2',
      measured_by: 'dose_atoms_cm2',
      asked: 1e15,
      present: 1e15,
      proposed: 1e15,
      input: 1,
      change: 0,
      reason: 'within_dead_band',
      explanation: 'keep it',
      predicted_output: 1,
      target: 1,
      output_unit: 'share',
    },
    history: [],
  };
}
/** The draft of a recipe as its process service tells it. */
export function recipeVersion(process: string): RecipeVersion {
  return {
    recipe_id: randomUUID(),
    process,
    name: 'A recipe',
    recipe: { species: 'P' },
    recipe_hash: 'c'.repeat(64),
    sop_id: randomUUID(),
    hazard_class: 'medium',
    ...firstVersion,
  };
}

const firstVersion = {
  version: 1,
  status: 'draft' as const,
  status_reason: null,
  content_hash: 'a'.repeat(64),
  author: 'somebody',
  contributors: ['somebody'],
  comment: null,
  approvals: [],
  voided_approvals: [],
  approvals_required: 1,
  created_at: at,
  submitted_at: null,
  latest_version: 1,
  approved_version: null,
};

/** A valid calibration as its process service tells it. */
export function calibrationRecord(process: string): Calibration {
  return {
    calibration_id: randomUUID(),
    equipment_id: 'IMP-01',
    process,
    type: 'dose',
    performed_at: at,
    valid_until: '2026-07-01T00:00:00.000Z',
    state: 'valid',
    certificate: null,
    factor: 1,
    uncertainty_pct: null,
    created_by: 'somebody',
    created_at: at,
    revoked_at: null,
    revoked_by: null,
    revoked_reason: null,
  };
}

/** A learnt correction in shadow. */
export function modelRecord(process: string): VmModel {
  return {
    model_id: randomUUID(),
    process,
    family: 'one',
    parameter: 'sheet_resistance_ohm_sq',
    unit: 'Ω/sq',
    version: 1,
    stage: 'shadow',
    wafers: 6,
    physics_rmse: 2,
    corrected_rmse: 1,
    error_fall_pct: 50,
    evidence: { t: 1, t_needed: 3, proven: false, tenable: true },
    created_at: at,
    created_by: 'system',
  };
}
