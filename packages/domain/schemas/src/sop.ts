import { z } from 'zod';
import { versionFields } from './controlled-document.ts';

export const hazardClassSchema = z.enum(['low', 'medium', 'high', 'critical']);
export type HazardClass = z.infer<typeof hazardClassSchema>;

/** Different people who must approve a SOP, or a recipe under it, of each hazard class; none of them wrote it. */
export const approvalsRequired: Readonly<Record<HazardClass, number>> = {
  low: 1,
  medium: 1,
  high: 2,
  critical: 2,
};

/** Bounds that a SOP puts on recipe fields, tighter than the product's own limits. */
export const sopLimitsSchema = z.record(
  z.string(),
  z.strictObject({ minimum: z.number().optional(), maximum: z.number().optional() }),
);

/**
 * How far run-to-run control may go under a SOP: advice is a proposal, or used by itself in the next run. Bounds are on
 * what a loop adds to the recipe (a factor around 1, an offset around 0), by the loop's name.
 */
const sopRunToRunSchema = z.strictObject({
  mode: z.enum(['proposal', 'automatic']).default('proposal'),
  bounds: z
    .record(z.string().min(1).max(32), z.strictObject({ minimum: z.number(), maximum: z.number() }))
    .default({}),
});

/** What a SOP says: exactly this is hashed and signed. It is stored as JSON, so a further field needs no migration. */
const sopContent = {
  title: z.string().min(1).max(200),
  body: z.string().max(20_000),
  hazard_class: hazardClassSchema,
  limits: sopLimitsSchema,
  /** Absent: advice is a proposal. */
  run_to_run: sopRunToRunSchema.optional(),
};
export const sopContentSchema = z.object(sopContent);
export type SopContent = z.infer<typeof sopContentSchema>;

const comment = z.string().max(2000).optional();

export const createSopSchema = z.strictObject({
  process: z.string().min(1).max(32),
  title: sopContent.title,
  body: sopContent.body.default(''),
  hazard_class: hazardClassSchema.default('medium'),
  limits: sopLimitsSchema.default({}),
  run_to_run: sopContent.run_to_run,
  comment,
});

/** A new version: what is given changes, the rest stays as in the newest version. */
export const createSopVersionSchema = z.strictObject({
  title: sopContent.title.optional(),
  body: sopContent.body.optional(),
  hazard_class: hazardClassSchema.optional(),
  limits: sopLimitsSchema.optional(),
  run_to_run: sopContent.run_to_run,
  comment,
});

export const sopSchema = z.object({
  sop_id: z.uuid(),
  process: z.string(),
  ...sopContent,
  ...versionFields,
});
export type Sop = z.infer<typeof sopSchema>;
