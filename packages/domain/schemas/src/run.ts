import { z } from 'zod';
import { waferSchema } from './run-request.ts';
import { uncertaintySchema } from './uncertainty.ts';

/** Life of a job and of its run; the legal changes stand in the orchestrator's `transitions.ts`. */
export const jobStatusSchema = z.enum([
  /** Waits for the jobs that it depends on; stands in no queue. */
  'blocked',
  'queued',
  'running',
  'retrying',
  'held',
  'completed',
  'failed',
  'cancelled',
]);
export type JobStatus = z.infer<typeof jobStatusSchema>;

/** What kind of work a job is (R1-10); `tool` is a job of the tool registry, without a run. */
export const jobTypeSchema = z.enum(['ion_implant', 'rtp', 'simulation', 'calibration', 'tool']);
export type JobType = z.infer<typeof jobTypeSchema>;

/** A stored file of a run. `sha256` and `size_bytes` are those of the bytes in the store. */
export const artifactSchema = z.object({
  artifact_id: z.uuid(),
  kind: z.string(),
  name: z.string(),
  media_type: z.string(),
  size_bytes: z.int(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  uri: z.string(),
  href: z.string().optional(),
});
export type Artifact = z.infer<typeof artifactSchema>;

/** Named numbers of a process: metrics, predictions. `null` says "not determined". */
export const namedNumbersSchema = z.record(z.string(), z.number().nullable());
export type NamedNumbers = z.infer<typeof namedNumbersSchema>;

/** A proposal for the next run's recipe, with the reason. */
export const runAdviceSchema = z.object({
  parameter: z.string(),
  present: z.number(),
  proposed: z.number(),
  reason: z.string(),
});
export type RunAdvice = z.infer<typeof runAdviceSchema>;

/** What run-to-run control did to the recipe of a run, loop by loop. */
export const runSteeringSchema = z.object({
  recipe_hash_asked: z.string(),
  recipe_hash_used: z.string(),
  recipe_used: z.record(z.string(), z.unknown()),
  loops: z.array(
    z.object({
      loop: z.string(),
      parameter: z.string(),
      thread_id: z.string().nullable(),
      /** Results that the advice was made from. */
      samples: z.int(),
      asked: z.number(),
      proposed: z.number(),
      used: z.number(),
      input: z.number(),
      applied: z.boolean(),
      /** Why the proposal is what it is, and why it was used or not. */
      reason: z.string(),
    }),
  ),
});
export type RunSteering = z.infer<typeof runSteeringSchema>;

/**
 * Virtual metrology of one parameter: physics, and what the learnt correction makes of it. `value` is the corrected one
 * where a model is active, physics otherwise; a model in shadow is told and does not count.
 */
export const vmPredictionSchema = z.object({
  parameter: z.string(),
  unit: z.string(),
  value: z.number().nullable(),
  physics: z.number().nullable(),
  corrected: z.number().nullable(),
  /** Interval that a measured wafer falls into with this confidence, by the model. */
  low: z.number().nullable(),
  high: z.number().nullable(),
  confidence: z.number(),
  model_id: z.string().nullable(),
  model_version: z.int().nullable(),
  stage: z.enum(['physics_only', 'shadow', 'active']),
});
export type VmPrediction = z.infer<typeof vmPredictionSchema>;

/** What a finished run gives back: everything that the run views and the results document show. */
export const runOutcomeSchema = z.object({
  /** Headline metrics, spread flat into the run view (R1-28, R1-33). */
  metrics: namedNumbersSchema,
  /** What physics says, for the mean wafer. */
  vm_prediction: namedNumbersSchema,
  /** The same with its learnt corrections and their intervals; absent from runs recorded before there were any. */
  virtual_metrology: z.array(vmPredictionSchema).optional(),
  spc_alerts_count: z.int(),
  spc: z.array(z.object({ chart: z.string(), value: z.number(), rule: z.string().nullable() })),
  advice: z.array(runAdviceSchema),
  /** Absent from runs that were recorded before there was any. */
  run_to_run: runSteeringSchema.optional(),
  wafers: z.array(z.object({ wafer_id: z.string(), slot: z.int(), metrics: namedNumbersSchema })),
  /** Budgets by the name of what they are about; runs from before there were any have none. */
  uncertainty: z.record(z.string(), uncertaintySchema).optional(),
});
export type RunOutcome = z.infer<typeof runOutcomeSchema>;

/** A job that another one waits for, as it stands now. */
export const dependencySchema = z.object({
  job_id: z.uuid(),
  run_id: z.string().nullable(),
  status: jobStatusSchema,
});
export type Dependency = z.infer<typeof dependencySchema>;

/** What a record tells of the jobs that this one depends on. */
const dependencyFacts = {
  /** Why a blocked job does not stand in its queue; null for any other. */
  waiting_reason: z.string().nullable().optional(),
  /** Told for single runs and jobs, left out of lists. */
  depends_on: z.array(dependencySchema).optional(),
};

/** A run as the orchestrator tells it; the gateway adds links and spreads `metrics`. */
export const runRecordSchema = z.object({
  run_id: z.string(),
  job_id: z.uuid(),
  org_id: z.uuid(),
  process: z.string(),
  status: jobStatusSchema,
  cancel_requested: z.boolean(),
  progress: z.number().min(0).max(100),
  current_step: z.string(),
  eta_s: z.number().nullable(),
  attempt: z.int(),
  recipe: z.record(z.string(), z.unknown()),
  recipe_hash: z.string(),
  recipe_id: z.string().nullable(),
  recipe_version: z.int().nullable(),
  wafers: z.array(waferSchema),
  lot_id: z.string().nullable(),
  comments: z.string().nullable(),
  equipment_id: z.string().nullable(),
  sop_id: z.string().nullable(),
  source_run_id: z.string().nullable(),
  time_scale: z.number(),
  seed: z.int(),
  priority: z.int(),
  created_by: z.string(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  duration_seconds: z.number().nullable(),
  error_message: z.string().nullable(),
  error_code: z.string().nullable(),
  held_reason: z.string().nullable(),
  ...dependencyFacts,
  outcome: runOutcomeSchema.nullable(),
  logs_uri: z.string().nullable(),
  artifacts: z.array(artifactSchema),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

/** A job as the orchestrator tells it. */
export const jobRecordSchema = z.object({
  job_id: z.uuid(),
  run_id: z.string().nullable(),
  org_id: z.uuid(),
  user_id: z.string(),
  job_type: jobTypeSchema,
  /** The tool that it calls; null for a run. */
  tool: z.string().nullable(),
  queue: z.string(),
  priority: z.int(),
  status: jobStatusSchema,
  cancel_requested: z.boolean(),
  progress: z.number().min(0).max(100),
  current_step: z.string(),
  eta_s: z.number().nullable(),
  attempt: z.int(),
  max_retries: z.int(),
  retry_count: z.int(),
  retry_of: z.uuid().nullable(),
  position_in_queue: z.int().nullable(),
  equipment_id: z.string().nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  run_at: z.string().nullable(),
  error_message: z.string().nullable(),
  error_code: z.string().nullable(),
  held_reason: z.string().nullable(),
  ...dependencyFacts,
  logs_uri: z.string().nullable(),
  artifacts: z.array(artifactSchema),
});
export type JobRecord = z.infer<typeof jobRecordSchema>;

/** One line of a run's log. */
export const jobLogLineSchema = z.object({
  at: z.string(),
  level: z.enum(['debug', 'info', 'warn', 'error']),
  message: z.string().max(4000),
});
export type JobLogLine = z.infer<typeof jobLogLineSchema>;
