import { z } from 'zod';
import { ionRecipeFields } from './ion-recipe.ts';
import { rtpRecipeFields } from './rtp-recipe.ts';

const idText = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._-]+$/, 'only letters, digits, dot, underscore and hyphen');

/** One wafer of a run and where it stands in its carrier. */
export const waferSchema = z.strictObject({ wafer_id: idText, slot: z.int().min(1).max(25) });
export type Wafer = z.infer<typeof waferSchema>;

/** Jobs that one job may wait for. */
export const dependenciesMax = 50;

/** What becomes of a job when one that it depends on failed or was cancelled. */
export const onFailureSchema = z.enum(['hold', 'cancel']);
export type OnFailure = z.infer<typeof onFailureSchema>;

/** Ids of jobs or runs, or keys of the same batch, that have to be completed first. */
export const dependencyFields = {
  depends_on: z.array(idText).min(1).max(dependenciesMax).optional(),
  on_failure: onFailureSchema.optional(),
};

/** How one item of a batch is called by the others. */
export const batchKeySchema = idText;

/** What a run needs beside its recipe; the same for every process. */
export const runOptionFields = {
  wafer_id: idText.optional(),
  wafers: z.array(waferSchema).min(1).max(25).optional(),
  lot_id: idText.optional(),
  comments: z.string().max(2000).optional(),
  /** A named recipe in place of an inline one; without a version its newest approved one. */
  recipe_id: z.uuid().optional(),
  recipe_version: z.int().min(1).optional(),
  equipment_id: idText.optional(),
  sop_id: z.uuid().optional(),
  /** The calibration that the run relies on: only its tool is taken, and only while it is the one that counts. */
  calibration_id: z.uuid().optional(),
  source_run_id: idText.optional(),
  /** Layer of the product: runs of one recipe on different layers are steered apart. */
  layer: idText.optional(),
  /** Run-to-run steering: as the SOP says, the present proposal on purpose, or the recipe as it stands. */
  run_to_run: z.enum(['as_sop', 'apply', 'skip']).optional(),
  /** Simulated seconds per real second; 0 runs unpaced. */
  time_scale: z.union([z.literal(0), z.number().min(1).max(10_000)]).optional(),
  seed: z.int().min(0).max(2_147_483_647).optional(),
  priority: z.int().min(0).max(10).default(0),
  ...dependencyFields,
};
export const runOptionsSchema = z.strictObject(runOptionFields);
export type RunOptions = z.infer<typeof runOptionsSchema>;

// Not `never`: its issue would end the check of this form, and the fault would be told of the other one.
const notWithInline = z
  .unknown()
  .optional()
  .refine((value) => value === undefined, { error: 'give recipe_id or the recipe itself, not both' })
  .meta({ description: 'Only in place of an inline recipe' });
const withInlineRecipe = { ...runOptionFields, recipe_id: notWithInline, recipe_version: notWithInline };
const withNamedRecipe = z.strictObject({ ...runOptionFields, recipe_id: z.uuid() });

/** `POST /api/ion/runs`: an inline recipe or a named one. */
export const ionRunRequestSchema = z.union([
  z.strictObject({ ...ionRecipeFields, ...withInlineRecipe }),
  withNamedRecipe,
]);
/** `POST /api/rtp/runs`: an inline recipe or a named one. */
export const rtpRunRequestSchema = z.union([
  z.strictObject({ ...rtpRecipeFields, ...withInlineRecipe }),
  withNamedRecipe,
]);

const key = { key: batchKeySchema.optional() };

/** One run of `POST /api/ion/runs:batch`: the same, with the key under which the others may depend on it. */
export const ionBatchedRunSchema = z.union([
  z.strictObject({ ...ionRecipeFields, ...withInlineRecipe, ...key }),
  withNamedRecipe.extend(key),
]);
/** One run of `POST /api/rtp/runs:batch`. */
export const rtpBatchedRunSchema = z.union([
  z.strictObject({ ...rtpRecipeFields, ...withInlineRecipe, ...key }),
  withNamedRecipe.extend(key),
]);

/** A run request split into its two halves: what the process does, and how the run is run. */
export function splitRunRequest(body: Readonly<Record<string, unknown>>): {
  recipe: Record<string, unknown>;
  options: RunOptions;
} {
  const entries = Object.entries(body);
  return {
    recipe: Object.fromEntries(entries.filter(([name]) => !(name in runOptionFields))),
    options: runOptionsSchema.parse(Object.fromEntries(entries.filter(([name]) => name in runOptionFields))),
  };
}

/** The wafers of a run: the posted list, or the one wafer in slot 1. */
export function wafersOf(options: RunOptions): Wafer[] {
  if (options.wafers) return options.wafers;
  return options.wafer_id === undefined ? [] : [{ wafer_id: options.wafer_id, slot: 1 }];
}
