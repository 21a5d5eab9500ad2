import type { RunRecord } from '@spectra/schemas';
import { randomUUID } from 'node:crypto';
import type { RunAddress } from '../src/stream/run-stream.ts';

/** A run as the orchestrator tells it. */
export function recordOf(run: RunAddress, given: Partial<RunRecord> = {}): RunRecord {
  return {
    run_id: run.runId,
    job_id: randomUUID(),
    org_id: run.orgId,
    process: run.process,
    status: 'running',
    cancel_requested: false,
    progress: 12,
    current_step: 'Implanting wafer 1/1',
    eta_s: null,
    attempt: 1,
    recipe: {},
    recipe_hash: 'hash',
    recipe_id: null,
    recipe_version: null,
    wafers: [],
    lot_id: null,
    comments: null,
    equipment_id: 'ION-01',
    sop_id: null,
    source_run_id: null,
    time_scale: 1,
    seed: 1,
    priority: 0,
    created_by: 'user-1',
    created_at: '2026-01-01T00:00:00.000Z',
    started_at: null,
    completed_at: null,
    duration_seconds: null,
    error_message: null,
    error_code: null,
    held_reason: null,
    outcome: null,
    logs_uri: null,
    artifacts: [],
    ...given,
  };
}
