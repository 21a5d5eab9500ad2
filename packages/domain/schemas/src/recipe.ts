import { z } from 'zod';
import { documentStatusSchema, versionFields } from './controlled-document.ts';
import { hazardClassSchema } from './sop.ts';

const recipeName = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9 ._()+-]*$/, 'letters, digits, space and . _ ( ) + - only');
const recipeBody = z.record(z.string(), z.unknown());
const comment = z.string().max(2000).optional();

/** What a recipe version says: exactly this is hashed and signed, so a move to another SOP is a change as well. */
export type RecipeContent = { recipe: Record<string, unknown>; sop_id: string };

export const createRecipeSchema = z.strictObject({
  process: z.string().min(1).max(32),
  /** Unique in the process and organisation. */
  name: recipeName,
  recipe: recipeBody,
  /** The SOP that it stands under; its hazard class says how many people must approve. */
  sop_id: z.uuid(),
  comment,
});

/** A new version out of changes: a field that is given replaces the old one, `null` removes it. */
export const createRecipeVersionSchema = z.strictObject({
  /** The version that is changed; absent: the newest. */
  base_version: z.int().min(1).optional(),
  changes: recipeBody.default({}),
  sop_id: z.uuid().optional(),
  comment,
});

export const recipeSchema = z.object({
  recipe_id: z.uuid(),
  process: z.string(),
  name: z.string(),
  recipe: recipeBody,
  /** Hash of the recipe alone, as its runs carry it. */
  recipe_hash: z.string(),
  sop_id: z.uuid(),
  hazard_class: hazardClassSchema,
  ...versionFields,
});
export type RecipeVersion = z.infer<typeof recipeSchema>;

export const recipeFilterSchema = z.object({
  status: documentStatusSchema.optional(),
  /** A part of the name. */
  name: z.string().min(1).max(100).optional(),
  sop_id: z.uuid().optional(),
});

/** One difference between two versions. */
export const recipeChangeSchema = z.object({
  path: z.string(),
  kind: z.enum(['changed', 'added', 'removed']),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  unit: z.string().nullable(),
  /** For people: "energy: 40 keV → 50 keV (+25 %)". */
  text: z.string(),
});
export type RecipeChange = z.infer<typeof recipeChangeSchema>;
