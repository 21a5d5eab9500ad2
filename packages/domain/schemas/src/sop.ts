import { z } from 'zod';

export const hazardClassSchema = z.enum(['low', 'medium', 'high', 'critical']);
export type HazardClass = z.infer<typeof hazardClassSchema>;

/** Different people who must approve a SOP of each hazard class; none of them may be its author. */
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

export const createSopSchema = z.strictObject({
  process: z.string().min(1).max(32),
  title: z.string().min(1).max(200),
  body: z.string().max(20_000).default(''),
  hazard_class: hazardClassSchema.default('medium'),
  limits: sopLimitsSchema.default({}),
});

export const approveSopSchema = z.strictObject({
  meaning: z.string().min(3).max(500),
  /** The signer states what is signed; a SOP that changed since is refused. */
  content_hash: z.string().regex(/^[0-9a-f]{64}$/),
});

export const sopApprovalSchema = z.object({
  approver: z.string(),
  meaning: z.string(),
  content_hash: z.string(),
  authenticated_at: z.string(),
  approved_at: z.string(),
});

export const sopSchema = z.object({
  sop_id: z.uuid(),
  process: z.string(),
  title: z.string(),
  body: z.string(),
  hazard_class: hazardClassSchema,
  limits: sopLimitsSchema,
  content_hash: z.string(),
  status: z.enum(['draft', 'approved', 'retired']),
  author: z.string(),
  approvals: z.array(sopApprovalSchema),
  approvals_required: z.int(),
  created_at: z.string(),
});
export type Sop = z.infer<typeof sopSchema>;
