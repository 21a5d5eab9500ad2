import { z } from 'zod';
import { rtpSegmentSchema } from './rtp-recipe.ts';

const sources = ['plant_id', 'run_ids', 'recipe', 'model'] as const;
/** Beyond these shares of dead time in time constant no rule says anything. */
const deadTimeShare = { minimum: 1e-3, maximum: 1e3 } as const;
const timeSMax = 1e4;

/** First order with dead time, in °C per per cent of lamp power. */
const tuneModelSchema = z
  .strictObject({
    gain: z.number().positive().max(1e6),
    time_constant_s: z.number().positive().max(timeSMax),
    dead_time_s: z.number().positive().max(timeSMax),
  })
  .superRefine(({ time_constant_s, dead_time_s }, context) => {
    const share = dead_time_s / time_constant_s;
    if (share >= deadTimeShare.minimum && share <= deadTimeShare.maximum) return;
    const limit = {
      minimum: deadTimeShare.minimum * time_constant_s,
      maximum: deadTimeShare.maximum * time_constant_s,
    };
    const message = 'must be between a thousandth and a thousand of the time constant';
    context.addIssue({ code: 'custom', path: ['dead_time_s'], message, params: { limit } });
  });

/** `POST /api/rtp/tune/controller`: exactly one source of the plant. */
export const tuneRequestSchema = z
  .strictObject({
    controller_type: z.enum(['pid', 'mpc']),
    optimization_target: z
      .enum(['minimize_overshoot', 'minimize_ramp_error', 'minimize_settling_time'])
      .default('minimize_overshoot'),
    plant_id: z.string().min(1).max(64).optional(),
    run_ids: z.array(z.string().min(1).max(64)).min(1).max(20).optional(),
    recipe: z.strictObject({ segments: z.array(rtpSegmentSchema).min(1).max(50) }).optional(),
    model: tuneModelSchema.optional(),
  })
  .superRefine((request, context) => {
    const named = sources.filter((source) => request[source] !== undefined);
    if (named.length === 1) return;
    const message = `name exactly one of ${sources.join(', ')}`;
    context.addIssue({
      code: 'custom',
      path: [named[1] ?? 'model'],
      message: named.length === 0 ? message : `${message}, not ${named.join(' and ')}`,
      params: { limit: { one_of: sources } },
    });
  });
export type TuneRequest = z.infer<typeof tuneRequestSchema>;

/** A published rule on the identified model, before anything was refined: K_c (1 + 1/(s T_i) + s T_d/(1 + s T_d/10)). */
const tunedRuleSchema = z.object({
  rule: z.enum(['ziegler_nichols_step', 'ziegler_nichols_frequency', 'tyreus_luyben', 'simc', 'amigo']),
  type: z.enum(['pi', 'pid']),
  /** Per cent of lamp power per °C. */
  kc: z.number(),
  ti_s: z.number(),
  /** 0 for PI. */
  td_s: z.number(),
  maximum_sensitivity: z.number(),
  /** The sensitivity says nothing about a loop that is not. */
  stable: z.boolean(),
});

const weightMatrix = z.array(z.array(z.number()));

export const tuneSchema = z.object({
  controller_type: z.enum(['pid', 'mpc']),
  /** PID: `kp`, `ki`, `kd` as a recipe posts them. MPC: matrices `Q`, `R`, `S`, with `horizon` steps of `interval_s`. */
  parameters: z.record(z.string(), z.union([z.number(), weightMatrix])),
  expected_performance: z.object({
    overshoot_pct: z.number(),
    settling_time_s: z.number().nullable(),
    steady_state_error_c: z.number(),
  }),
  tuning_method: z.string(),
  rule: z.string(),
  /** Largest sensitivity of the loop; null for predictive control, which has no fixed loop. */
  robustness: z.object({ maximum_sensitivity: z.number().nullable() }),
  identified_model: z.record(z.string(), z.number()),
  /** Where proportional control alone would bring the model to the edge of stability. */
  ultimate: z.object({ gain: z.number(), period_s: z.number() }),
  rules: z.array(tunedRuleSchema),
  alternatives: z.array(z.record(z.string(), z.unknown())),
  present: z.record(z.string(), z.unknown()).nullable(),
});
export type TuneAnswer = z.infer<typeof tuneSchema>;
