import {
  latestTelemetrySchema,
  namedNumbersSchema,
  runAdviceSchema,
  runOutcomeSchema,
  runRecordSchema,
  runSteeringSchema,
  vmPredictionSchema,
  type Artifact,
  type RunRecord,
} from '@spectra/schemas';
import { z } from 'zod';
import type { ProcessDoor } from '../process-doors.ts';

const number = z.number().nullable();

/** The orchestrator's record, with its outcome in pieces and without what the caller knows anyway. */
const runFields = {
  ...runRecordSchema.omit({ org_id: true, outcome: true }).shape,
  vm_prediction: namedNumbersSchema.nullable(),
  virtual_metrology: z.array(vmPredictionSchema),
  run_to_run: runSteeringSchema.nullable(),
  spc_alerts_count: z.int().nullable(),
  advice: z.array(runAdviceSchema),
  wafer_results: runOutcomeSchema.shape.wafers,
  uncertainty: runOutcomeSchema.shape.uncertainty.unwrap(),
  /** The newest frame while there are no metrics yet; told for single runs, left out of lists. */
  latest_telemetry: latestTelemetrySchema.nullable().optional(),
  links: z.record(z.string(), z.string()),
};

/** Schema of a run as the API tells it: common fields, and the process's metrics flat beside them. */
export function runViewSchema(door: ProcessDoor): z.ZodType<Record<string, unknown>> {
  const metrics = Object.fromEntries(door.metricNames.map((name) => [name, number]));
  return z.object({ ...metrics, ...runFields }).catchall(number);
}

/** A run as the API tells it (R1-28, R1-33): links added, metrics spread, unknown ones null. */
export function runView(run: RunRecord, door: ProcessDoor): Record<string, unknown> {
  const { outcome, org_id: _orgId, artifacts, ...record } = run;
  return {
    ...Object.fromEntries(door.metricNames.map((name) => [name, null])),
    ...outcome?.metrics,
    ...record,
    vm_prediction: outcome?.vm_prediction ?? null,
    virtual_metrology: outcome?.virtual_metrology ?? [],
    run_to_run: outcome?.run_to_run ?? null,
    spc_alerts_count: outcome?.spc_alerts_count ?? null,
    advice: outcome?.advice ?? [],
    wafer_results: outcome?.wafers ?? [],
    uncertainty: outcome?.uncertainty ?? {},
    artifacts: artifacts.map((artifact) => artifactView(artifact, run.run_id)),
    links: runLinks(run, door),
  };
}

/** Addresses that belong to a run. */
export function runLinks(run: { run_id: string; job_id: string }, door: ProcessDoor): Record<string, string> {
  const own = `/api/${door.process}/runs/${run.run_id}`;
  return {
    self: own,
    job: `/api/jobs/${run.job_id}`,
    logs: `/api/jobs/${run.job_id}/logs`,
    telemetry: `/api/runs/${run.run_id}/telemetry`,
    artifacts: `/api/runs/${run.run_id}/artifacts`,
    results: `/api/runs/${run.run_id}/results`,
    compliance: `/api/runs/${run.run_id}/compliance`,
    export: `/api/runs/${run.run_id}/export`,
    stream: `/api/${door.process}/stream/${run.run_id}`,
    events: `${own}/events`,
  };
}

/** What the creation of a run means for its start. */
export function queuedMessage(position: number | null): string {
  return position === null
    ? 'The run waits for those that it depends on.'
    : `The run is queued at position ${position}.`;
}

/** An artifact with the address where its bytes are. */
export function artifactView(artifact: Artifact, runId: string): Artifact {
  return { ...artifact, href: `/api/runs/${runId}/artifacts/${artifact.artifact_id}` };
}
