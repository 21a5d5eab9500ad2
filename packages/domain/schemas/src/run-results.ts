import { z } from 'zod';
import { complianceFindingSchema, complianceVerdictSchema } from './compliance.ts';
import { complianceEvidenceSchema } from './compliance.ts';
import { attemptRecordSchema } from './dossier-rpc.ts';
import { runWarningSchema } from './process-rpc.ts';
import {
  artifactSchema,
  namedNumbersSchema,
  runOutcomeSchema,
  runRecordSchema,
  vmPredictionSchema,
} from './run.ts';
import { alertSchema } from './telemetry.ts';

const seconds = z.number().nullable();
const record = runRecordSchema.shape;

/** `GET /api/runs/{run_id}/results`: all that is known of a run in one document. */
export const runResultsSchema = z.object({
  run_id: z.string(),
  job_id: z.uuid(),
  process: z.string(),
  status: record.status,
  error_message: record.error_message,
  error_code: record.error_code,
  held_reason: record.held_reason,
  /** Parts that could not be read, each with the reason: nothing is left out in silence. */
  incomplete: z.array(z.object({ part: z.string(), reason: z.string() })),
  kpis: z.object({
    wafers: z.int(),
    wafers_processed: z.int(),
    /** Chart points of the run within their limits. */
    spc_points_in_control_pct: z.number().nullable(),
    spc_alerts: z.int().nullable(),
    alarms: z.object({ critical: z.int(), warning: z.int(), info: z.int() }).nullable(),
    attempts: z.int(),
    queue_s: seconds,
    duration_s: seconds,
  }),
  recipe: z.object({
    hash: z.string(),
    body: record.recipe,
    warnings: z.array(runWarningSchema),
  }),
  lot: z.object({
    lot_id: record.lot_id,
    comments: record.comments,
    wafers: record.wafers,
    source_run_id: record.source_run_id,
  }),
  /** Headline numbers of the run; units stand last in each name. */
  metrics: namedNumbersSchema,
  wafers: runOutcomeSchema.shape.wafers,
  virtual_metrology: z.object({
    prediction: namedNumbersSchema,
    /** Each parameter with its learnt correction, interval, model and stage; none in runs from before there were any. */
    parameters: z.array(vmPredictionSchema),
  }),
  advice: runOutcomeSchema.shape.advice,
  spc: z.object({ alerts: z.int().nullable(), points: runOutcomeSchema.shape.spc }),
  alarms: z.array(alertSchema).nullable(),
  /** What the gates looked at when the run was created, as it stood then. */
  gates: z.object({
    sop_id: z.string().nullable(),
    equipment_ids: z.array(z.string()),
    calibration_ids: z.array(z.string()),
    warnings: z.array(runWarningSchema),
  }),
  /** SOP, tool and calibrations that the run went under: those of its end where it was judged, else of its creation. */
  evidence: complianceEvidenceSchema.nullable(),
  compliance: z
    .object({
      verdict: z.enum([...complianceVerdictSchema.options, 'pending']),
      summary: z.string(),
      violations: z.array(complianceFindingSchema),
      warnings: z.array(complianceFindingSchema),
    })
    .nullable(),
  artifacts: z.array(artifactSchema),
  timing: z.object({
    created_at: z.string(),
    started_at: z.string().nullable(),
    completed_at: z.string().nullable(),
    time_scale: z.number(),
    estimated_tool_time_s: z.number(),
  }),
  attempts: z.array(attemptRecordSchema),
  reproducibility: z.object({
    recipe_hash: z.string(),
    seed: z.int(),
    equipment_id: z.string().nullable(),
    retry_of: z.uuid().nullable(),
    /** Of the service that ended the run; null before. */
    code_version: z.string().nullable(),
    /** What made the predictions; the physics chain alone has no version of its own. */
    models: z.record(z.string(), z.unknown()),
  }),
  /** Uncertainty budgets, where the process recorded some. */
  uncertainty: z.record(z.string(), z.unknown()).nullable(),
});
export type RunResults = z.infer<typeof runResultsSchema>;
