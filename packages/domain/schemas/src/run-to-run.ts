import { z } from 'zod';
import { rpcContract } from './rpc.ts';

const idText = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._-]+$/, 'only letters, digits, dot, underscore and hyphen');
const recipeHash = z.string().regex(/^[0-9a-f]{64}$/, 'the 64 hexadecimal digits of a recipe hash');

/**
 * Settings of a run-to-run thread. `lambda2` 0 is a plain EWMA, above 0 a double EWMA. They must settle for every gain
 * ratio up to `gain_ratio_max` (true gain over model gain): for a plain EWMA 0 < lambda1 × ratio < 2.
 */
export const runToRunSettingsSchema = z.strictObject({
  lambda1: z.number().positive().max(1),
  lambda2: z.number().min(0).max(1),
  target: z.number(),
  model_gain: z.number(),
  gain_ratio_max: z.number().positive().max(100),
  input_min: z.number(),
  input_max: z.number(),
  move_max: z.number().positive(),
  dead_band: z.number().min(0),
  noise_sigma: z.number().positive(),
  outlier_sigma: z.number().min(1),
});
export type RunToRunWireSettings = z.infer<typeof runToRunSettingsSchema>;

/** What may be set of a thread; what is left out keeps the process's default for the recipe. */
export const runToRunChangeSchema = runToRunSettingsSchema.partial();
export type RunToRunChange = z.infer<typeof runToRunChangeSchema>;

/** Which thread: one recipe on one tool, apart for each layer of the product, one loop of the process. */
const threadKey = {
  equipment_id: idText,
  recipe_hash: recipeHash,
  layer: idText.optional(),
  loop: z.string().min(1).max(32),
};
export const setThreadSchema = z.strictObject({ ...threadKey, settings: runToRunChangeSchema });

export const restartThreadSchema = z.strictObject({
  reason: z.string().min(3).max(500),
  /** Where the thread starts again: from the input in force, or from the recipe as it stands. */
  input: z.enum(['keep', 'neutral']).default('keep'),
});

/** State of a thread between runs. */
const threadStateSchema = z.object({
  intercept: z.number(),
  drift: z.number(),
  input: z.number(),
  samples: z.int(),
  held_back: z.int(),
});

/** One run of a thread: what it used, what it believed, what metrology found, and what the thread made of it. */
const threadRunSchema = z.object({
  run_id: z.string(),
  completed_at: z.string(),
  input: z.number(),
  estimate: z.number().nullable(),
  measured: z.number().nullable(),
  wafers_measured: z.int(),
  taken: z.enum(['measured', 'estimate', 'awaits_metrology', 'nothing_known']),
  expected: z.number(),
  reason: z.string().nullable(),
});

/** A proposal for the next run, and why. */
const threadAdviceSchema = z.object({
  loop: z.string(),
  parameter: z.string(),
  measured_by: z.string(),
  /** The steered field as the recipe asks, as the last run had it, and as the next run should have it. */
  asked: z.number(),
  present: z.number(),
  proposed: z.number(),
  input: z.number(),
  change: z.number(),
  reason: z.enum(['moved', 'within_dead_band', 'outlier_held_back', 'move_limited', 'input_limited']),
  explanation: z.string(),
  /** What the loop's output will be, in its own unit, if the proposal is used. */
  predicted_output: z.number(),
  target: z.number(),
  output_unit: z.string(),
});
export type ThreadAdvice = z.infer<typeof threadAdviceSchema>;

export const threadSchema = z.object({
  thread_id: z.uuid(),
  process: z.string(),
  equipment_id: z.string(),
  recipe_hash: z.string(),
  layer: z.string().nullable(),
  loop: z.string(),
  settings: runToRunSettingsSchema,
  /** The fields that somebody set; the others are the process's defaults for this recipe. */
  changed: z.array(z.string()),
  spectral_radius: z.number(),
  restarted_at: z.string().nullable(),
  restart_reason: z.string().nullable(),
  created_at: z.string(),
});

const threadViewSchema = threadSchema.extend({
  state: threadStateSchema,
  advice: threadAdviceSchema,
  history: z.array(threadRunSchema),
});
export type ThreadView = z.infer<typeof threadViewSchema>;

const changeRecordSchema = z.object({
  kind: z.enum(['settings', 'restart']),
  by: z.string(),
  at: z.string(),
  detail: z.record(z.string(), z.unknown()),
});

/** `POST /api/r2r/analyze`: how a loop with these weights behaves under a steady drift. */
export const analyzeRunToRunSchema = z.strictObject({
  lambda1: z.number().positive().max(1),
  lambda2: z.number().min(0).max(1).default(0),
  /** True gain over model gain. */
  gain_ratio: z.number().positive().max(100).default(1),
  drift_per_run: z.number().default(0),
  runs: z.int().min(1).max(100_000).default(10_000),
});

export const runToRunAnalysisSchema = z.object({
  controller: z.enum(['EWMA', 'dEWMA']),
  stable: z.boolean(),
  spectral_radius: z.number(),
  /** Null where the loop does not settle. */
  steady_offset_formula: z.number().nullable(),
  steady_offset_sim: z.number().nullable(),
  verdict: z.string(),
});

/** Run-to-run abilities of every process service; `analyze` is stateless, so any of them can answer it. */
export const runToRunRpc = {
  listThreads: rpcContract(
    'list-threads',
    z.object({
      limit: z.int().min(1).max(100),
      offset: z.int().min(0),
      equipment_id: z.string().optional(),
      recipe_hash: z.string().optional(),
    }),
    z.object({ items: z.array(threadSchema), total: z.int() }),
  ),
  getThread: rpcContract(
    'get-thread',
    z.object({ thread_id: z.uuid() }),
    threadViewSchema.extend({ changes: z.array(changeRecordSchema) }),
  ),
  setThread: rpcContract('set-thread', setThreadSchema, threadSchema),
  restartThread: rpcContract(
    'restart-thread',
    restartThreadSchema.extend({ thread_id: z.uuid() }),
    threadSchema,
  ),
  advise: rpcContract(
    'advise',
    z.object({
      equipment_id: z.string(),
      recipe_hash: z.string().optional(),
      recipe_id: z.uuid().optional(),
      /** Of that recipe; absent: the version in force. */
      recipe_version: z.int().min(1).optional(),
      run_id: z.string().optional(),
      layer: z.string().optional(),
    }),
    z.object({
      process: z.string(),
      equipment_id: z.string(),
      recipe_hash: z.string(),
      layer: z.string().nullable(),
      advice: z.array(threadAdviceSchema.extend({ thread_id: z.uuid() })),
      threads: z.array(threadViewSchema),
    }),
  ),
  analyze: rpcContract('analyze-run-to-run', analyzeRunToRunSchema, runToRunAnalysisSchema),
} as const;
