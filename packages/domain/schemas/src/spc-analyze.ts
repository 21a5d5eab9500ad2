import { z } from 'zod';

const pointsMax = 20_000;
const channelsMax = 100;

const chartSchema = z.enum(['xbar_r', 'xbar_s', 'i_mr', 'ewma', 'cusum', 'p', 'np', 'u', 'c', 't2', 'pca']);

/** Sigma estimators; in capitals the names that R's qcc and many chart programs give them. */
const sigmaMethodSchema = z.enum([
  'mean_range',
  'weighted_range',
  'mean_standard_deviation',
  'weighted_standard_deviation',
  'pooled_variance',
  'moving_range',
  'standard_deviation',
  'UWAVE-R',
  'MVLUE-R',
  'UWAVE-SD',
  'MVLUE-SD',
  'RMSDF',
  'MR',
  'SD',
]);

const weight = z.number().min(0.01).max(1);
const widthSigma = z.number().positive().max(10);
const allowanceSigma = z.number().min(0).max(5);
const decisionSigma = z.number().positive().max(50);
const headStartSigma = z.number().min(0).max(50);
const limits = z.enum(['exact', 'asymptotic']);
const shiftSigma = z.number().min(0).max(10);
const confidence = z.number().min(0.5).max(0.999999);

/** What the limits rest on and how the chart is drawn; each has the default of text books. */
const paramsSchema = z.strictObject({
  baseline: z.strictObject({ center: z.number(), sigma: z.number().positive() }).optional(),
  /** Learn from the first so many points (phase I), judge the others by them (phase II). */
  phase_one_count: z.int().min(2).max(pointsMax).optional(),
  sigma_method: sigmaMethodSchema.optional(),
  /** d2 and d3 of the limits: as handbooks print them (default), or integrated. */
  constants: z.enum(['table', 'computed']).optional(),
  target: z.number().optional(),
  weight: weight.optional(),
  width_sigma: widthSigma.optional(),
  limits: limits.optional(),
  allowance_sigma: allowanceSigma.optional(),
  decision_sigma: decisionSigma.optional(),
  head_start_sigma: headStartSigma.optional(),
  shift_sigma: shiftSigma.optional(),
  /** Of capability intervals (default 0.95), or of the limits of t2 and pca (default 0.99). */
  confidence: confidence.optional(),
  /** Kept by pca; as many as explain 80 % of the variance when left out. */
  components: z.int().min(1).max(channelsMax).optional(),
  /** Names of the columns of t2 and pca. */
  channels: z.array(z.string().min(1).max(100)).max(channelsMax).optional(),
});

/** Body of `POST /api/spc/analyze`, and parameters of the tool `spc.check`: one control chart from scratch. */
export const spcCheckParamsSchema = z.strictObject({
  chart: chartSchema,
  data: z.union([
    z.array(z.number()).min(1).max(pointsMax),
    z.array(z.array(z.number()).min(1).max(channelsMax)).min(1).max(pointsMax),
  ]),
  sizes: z.union([z.number().positive(), z.array(z.number().positive()).max(pointsMax)]).optional(),
  params: paramsSchema.optional(),
  /** A set of rules, the limits alone, or some of Nelson's rules by number. */
  rules: z
    .union([
      z.enum(['nelson', 'western_electric', 'we', 'limits_only']),
      z.array(z.int().min(1).max(8)).min(1).max(8),
    ])
    .default('nelson'),
  spec_limits: z
    .strictObject({
      lower: z.number().optional(),
      upper: z.number().optional(),
      target: z.number().optional(),
    })
    .optional(),
});
export type SpcCheckParams = z.output<typeof spcCheckParamsSchema>;

const indexSchema = z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable();
const runLengthSchema = z.object({ on_target: z.number(), shifted: z.number() });

/** Mean samples until an alarm; `on_target` and `shifted` are those of the chart as asked for. */
const runLengthsSchema = runLengthSchema.extend({
  shift_sigma: z.number(),
  asymptotic_limits: runLengthSchema.optional(),
  exact_limits: runLengthSchema.optional(),
  one_sided: runLengthSchema.optional(),
  from_zero: runLengthSchema.optional(),
  head_start: runLengthSchema.extend({ head_start_sigma: z.number() }).optional(),
});

const constantsSchema = z.record(z.string(), z.number());

const pointSchema = z.object({
  value: z.number(),
  center: z.number(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  sigma: z.number(),
  rules: z.array(z.int()),
});

const multivariateSchema = z.object({
  channels: z.array(z.string()),
  samples: z.int(),
  confidence: z.number(),
  mean: z.array(z.number()),
  covariance: z.array(z.array(z.number())),
  limits: z.object({
    t2_phase_one: z.number(),
    t2_phase_two: z.number(),
    spe: z.number().nullable(),
  }),
  model: z
    .object({
      components: z.int(),
      scale: z.array(z.number()),
      eigenvalues: z.array(z.number()),
      loadings: z.array(z.array(z.number())),
    })
    .nullable(),
  /** For each point beyond its limit the channels that put it there, the largest first. */
  contributions: z.array(
    z.object({
      point: z.int(),
      statistic: z.string(),
      channels: z.array(z.object({ channel: z.string(), value: z.number() })),
    }),
  ),
});

/** Answer of `POST /api/spc/analyze` and result of `spc.check`. */
export const spcCheckResultSchema = z.object({
  chart: z.string(),
  /** Null for charts of several channels, whose centre is `multivariate.mean`. */
  center: z.number().nullable(),
  sigma: z.number().nullable(),
  sigma_method: z.string().nullable(),
  in_control: z.boolean(),
  series: z.array(z.object({ statistic: z.string(), points: z.array(pointSchema) })),
  /** The rules that the flags mean, by number. */
  rule_names: z.record(z.string(), z.string()),
  capability: z.record(z.string(), z.union([indexSchema, z.number()])).nullable(),
  run_lengths: runLengthsSchema.nullable(),
  /** Exact factors (d2, d3, c4, A2 …) of each subgroup size that occurs. */
  constants: z.array(constantsSchema),
  multivariate: multivariateSchema.nullable(),
});
export type SpcCheckResult = z.output<typeof spcCheckResultSchema>;

const wish = {
  shift_sigma: shiftSigma.default(1),
  run_length_on_target: z.number().gt(2).max(1e6).optional(),
};

/**
 * Body of `POST /api/spc/design`, and parameters of the tool `spc.design`: what is left out is found, so that the chart
 * has the wanted run length on target (370.4 when left out) and finds the shift soonest; a whole design is only judged.
 */
export const spcDesignParamsSchema = z.discriminatedUnion('chart', [
  z.strictObject({
    chart: z.literal('shewhart'),
    subgroup_size: z.int().min(2).max(1000),
    shift_sigma: wish.shift_sigma,
  }),
  z.strictObject({
    chart: z.literal('ewma'),
    ...wish,
    weight: weight.optional(),
    width_sigma: widthSigma.optional(),
    limits: limits.default('exact'),
  }),
  z.strictObject({
    chart: z.literal('cusum'),
    ...wish,
    allowance_sigma: allowanceSigma.optional(),
    decision_sigma: decisionSigma.optional(),
    head_start_sigma: headStartSigma.default(0),
  }),
]);
export type SpcDesignParams = z.output<typeof spcDesignParamsSchema>;

/** Answer of `POST /api/spc/design` and result of `spc.design`. */
export const spcDesignResultSchema = z.object({
  chart: z.string(),
  parameters: z.record(z.string(), z.number()),
  run_lengths: runLengthsSchema,
  constants: constantsSchema.nullable(),
});
export type SpcDesignResult = z.output<typeof spcDesignResultSchema>;
