import { z } from 'zod';
import { rpcContract } from './rpc.ts';

const idText = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._-]+$/, 'only letters, digits, dot, underscore and hyphen');
const time = z.iso.datetime({ offset: true });
const familyText = z.string().min(1).max(200);
const excludedMax = 200;

/** Phase I needs this many points at least; below, limits are mostly chance. */
export const phaseOnePointsMin = 20;

const specLimitsSchema = z
  .strictObject({ lower: z.number().optional(), upper: z.number().optional(), target: z.number().optional() })
  .refine(({ lower, upper }) => lower !== undefined || upper !== undefined, 'names neither lower nor upper')
  .refine(({ lower, upper }) => lower === undefined || upper === undefined || lower < upper, {
    message: 'lower must lie below upper',
    path: ['lower'],
  });

/** A point that the limits do not rest on, and the cause that was found for it. */
const exclusionSchema = z.strictObject({
  run_id: z.string().min(1).max(64),
  /** One wafer of the run; all of them when left out. */
  wafer_index: z.int().min(0).max(24).optional(),
  cause: z.string().trim().min(1).max(500),
});

/** Where limits come from: a named span of points (phase I), or numbers that somebody knows. */
export const createLimitsSchema = z.strictObject({
  parameter: z.string().min(1).max(100),
  equipment_id: idText,
  /** Only recipes of this family; limits of a family go before those of all. */
  family: familyText.optional(),
  basis: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('span'),
      from: time,
      to: time,
      exclude: z.array(exclusionSchema).max(excludedMax).default([]),
      method: z.enum(['moving_range', 'standard_deviation']).default('moving_range'),
    }),
    z.strictObject({ kind: z.literal('given'), center: z.number(), sigma: z.number().positive() }),
  ]),
  rules: z.enum(['nelson', 'western_electric', 'limits_only']).default('nelson'),
  spec_limits: specLimitsSchema.optional(),
  comment: z.string().trim().max(2000).default(''),
});
export type CreateLimits = z.output<typeof createLimitsSchema>;

const indexSchema = z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable();
const capabilitySchema = z.record(z.string(), z.union([indexSchema, z.number()])).nullable();

const computedLimits = {
  parameter: z.string(),
  unit: z.string(),
  equipment_id: z.string(),
  /** Null: every recipe on this tool. */
  family: z.string().nullable(),
  center: z.number(),
  sigma: z.number(),
  lower: z.number(),
  upper: z.number(),
  method: z.string(),
  rules: z.string(),
  spec_limits: z
    .object({ lower: z.number().nullable(), upper: z.number().nullable(), target: z.number().nullable() })
    .nullable(),
  phase_one: z
    .object({
      from: z.string(),
      to: z.string(),
      points: z.int(),
      excluded: z.array(z.object({ run_id: z.string(), wafer_index: z.int().nullable(), cause: z.string() })),
      excluded_points: z.int(),
      /** Points of the span that break a rule by the very limits they made. */
      out_of_control: z.int(),
    })
    .nullable(),
  capability: capabilitySchema,
};

/** Frozen limits (phase II) with where they come from. They are never changed; a newer version replaces them. */
export const spcLimitsSchema = z.object({
  limit_id: z.uuid(),
  process: z.string(),
  ...computedLimits,
  version: z.int(),
  in_force: z.boolean(),
  created_by: z.string(),
  created_at: z.string(),
  comment: z.string(),
});
export type SpcLimits = z.infer<typeof spcLimitsSchema>;

/** What limits would be, point by point, before anybody freezes them. */
export const trialLimitsSchema = z.object({
  ...computedLimits,
  points: z.array(
    z.object({
      run_id: z.string(),
      wafer_index: z.int(),
      at: z.string(),
      value: z.number(),
      excluded: z.string().nullable(),
      rules: z.array(z.int()),
    }),
  ),
});

/** A control chart that runs filled: one parameter of one recipe family on one tool. */
export const spcChartSchema = z.object({
  process: z.string(),
  equipment_id: z.string(),
  parameter: z.string(),
  title: z.string(),
  unit: z.string(),
  family: z.string(),
  points: z.int(),
  flagged: z.int(),
  first_at: z.string(),
  last_at: z.string(),
  last_value: z.number(),
  limits: z
    .object({
      limit_id: z.uuid(),
      version: z.int(),
      lower: z.number(),
      center: z.number(),
      upper: z.number(),
    })
    .nullable(),
});
export type SpcChart = z.infer<typeof spcChartSchema>;

const spcPointSchema = z.object({
  run_id: z.string(),
  wafer_index: z.int(),
  wafer_id: z.string().nullable(),
  at: z.string(),
  value: z.number(),
  family: z.string(),
  recipe_hash: z.string(),
  /** The frozen limits that judged the point when it came; null when there were none. */
  limits: z
    .object({
      limit_id: z.uuid(),
      version: z.int(),
      lower: z.number(),
      center: z.number(),
      upper: z.number(),
    })
    .nullable(),
  /** `phase_1`: later limits rest on it; `excluded`: they name a cause for it; `phase_2`: judged by frozen limits. */
  phase: z.enum(['phase_1', 'excluded', 'phase_2', 'no_limits']),
  /** Broken run rules by number, and whether it is outside the engineering or specification limits. */
  rules: z.array(z.int()),
  beyond_limits: z.boolean(),
});
export type SpcPoint = z.infer<typeof spcPointSchema>;

/** What usually stands behind a signal, the likeliest first, with what to check and to do. */
export const playbookSchema = z.object({
  title: z.string(),
  causes: z.array(z.object({ cause: z.string(), checks: z.array(z.string()), actions: z.array(z.string()) })),
  references: z.array(z.string()),
});

export const spcChartViewSchema = z.object({
  process: z.string(),
  equipment_id: z.string(),
  parameter: z.string(),
  title: z.string(),
  unit: z.string(),
  /** What the process itself holds a wafer to, with or without statistics. */
  engineering_limits: z.object({ low: z.number().nullable(), high: z.number().nullable() }),
  limits_in_force: z.array(spcLimitsSchema),
  playbook: playbookSchema.nullable(),
  /** Oldest first; the page is cut from the newest end. */
  points: z.array(spcPointSchema),
  total: z.int(),
});

const page = { limit: z.int().min(1).max(100), offset: z.int().min(0) };

/** What charts and limits may be cut to. */
export const spcFilterFields = {
  equipment_id: idText.optional(),
  parameter: z.string().min(1).max(100).optional(),
  family: familyText.optional(),
};
export const spcSpanFields = { from: time.optional(), to: time.optional() };

/** Chart abilities of every process service. */
export const spcRpc = {
  listCharts: rpcContract(
    'list-charts',
    z.object({ ...spcFilterFields, ...spcSpanFields, ...page }),
    z.object({ items: z.array(spcChartSchema), total: z.int() }),
  ),
  readChart: rpcContract(
    'read-chart',
    z.object({
      equipment_id: z.string(),
      parameter: z.string(),
      family: familyText.optional(),
      ...spcSpanFields,
      ...page,
    }),
    spcChartViewSchema,
  ),
  listLimits: rpcContract(
    'list-limits',
    z.object({ ...spcFilterFields, in_force: z.boolean().optional(), ...page }),
    z.object({ items: z.array(spcLimitsSchema), total: z.int() }),
  ),
  createLimits: rpcContract('create-limits', createLimitsSchema, spcLimitsSchema),
  /** What helps against a signal; it tells nothing of an organisation. */
  playbook: rpcContract(
    'playbook',
    z.object({ source: z.string() }),
    z.object({ playbook: playbookSchema.nullable() }),
  ),
  tryLimits: rpcContract('try-limits', createLimitsSchema, trialLimitsSchema),
} as const;
