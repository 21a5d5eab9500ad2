import { z } from 'zod';
import { ionRecipeFields } from './ion-recipe.ts';
import { rpcContract } from './rpc.ts';
import { rtpRecipeFields } from './rtp-recipe.ts';
import { jobStatusSchema, namedNumbersSchema } from './run.ts';
import { runOptionFields, waferSchema } from './run-request.ts';

const { equipment_id, sop_id, time_scale, seed, recipe_id, recipe_version } = runOptionFields;
const stepFields = { equipment_id, sop_id, time_scale, seed };
const named = z.strictObject({ ...stepFields, recipe_id: recipe_id.unwrap(), recipe_version });

/** `lot.run`: implant and anneal of every wafer of a lot. */
export const lotRunParamsSchema = z
  .strictObject({
    lot_id: runOptionFields.lot_id.unwrap(),
    wafers: z.array(waferSchema).min(1).max(25),
    /** An inline recipe or a named one, and how the run is run. */
    implant: z.union([z.strictObject({ ...ionRecipeFields, ...stepFields }), named]),
    anneal: z.union([z.strictObject({ ...rtpRecipeFields, ...stepFields }), named]),
    /** Into so many pairs of runs the wafers are divided, so that several tools can share the lot. */
    parts: z.int().min(1).max(25).default(1),
    priority: z.int().min(0).max(10).default(0),
  })
  .superRefine(({ parts, wafers }, context) => {
    if (parts <= wafers.length) return;
    const limit = { maximum: wafers.length };
    context.addIssue({
      code: 'custom',
      path: ['parts'],
      message: 'more parts than wafers',
      params: { limit },
    });
  });
export type LotRunParams = z.output<typeof lotRunParamsSchema>;

/** A run that a job asked for, as that job follows it. */
const childRunSchema = z.object({
  run_id: z.string(),
  job_id: z.uuid(),
  process: z.string(),
  wafer_ids: z.array(z.string()),
  status: jobStatusSchema,
  progress: z.number(),
  current_step: z.string(),
  equipment_id: z.string().nullable(),
  held_reason: z.string().nullable(),
  error_message: z.string().nullable(),
  metrics: namedNumbersSchema.nullable(),
  vm_prediction: namedNumbersSchema.nullable(),
});
export type ChildRun = z.output<typeof childRunSchema>;

/** Ability of the orchestrator (service name `jobs`) for jobs that ask for runs. */
export const childRunsRpc = {
  listChildRuns: rpcContract(
    'list-child-runs',
    z.object({ parent_job_id: z.uuid() }),
    z.object({ runs: z.array(childRunSchema) }),
  ),
} as const;

/** What became of a lot: its runs in their order, and whether every one of them completed. */
export const lotRunResultSchema = z.object({
  lot_id: z.string(),
  completed: z.boolean(),
  runs: z.array(
    childRunSchema.omit({ progress: true, current_step: true }).extend({
      step: z.enum(['implant', 'anneal']),
      part: z.int(),
    }),
  ),
});
