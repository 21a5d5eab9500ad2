import { z } from 'zod';
import { ionSpeciesSchema } from './ion-recipe.ts';

/** Limits of requirement R1-19; a spike segment may be faster (specification of control, recipe gates). */
export const rtpRampLimits = {
  normal: { upCPerS: 100, downCPerS: 50 },
  spike: { upCPerS: 250, downCPerS: 90 },
} as const;

/** One segment: ramp to the target at `ramp_rate_c_s` (default: as the duration allows), then stay until it ends. */
export const rtpSegmentSchema = z
  .strictObject({
    kind: z.enum(['normal', 'spike']).default('normal'),
    target_temp_c: z.number().min(400).max(1200),
    duration_s: z.number().min(0).max(300),
    ramp_rate_c_s: z.number().positive().max(rtpRampLimits.spike.upCPerS).optional(),
  })
  .superRefine((segment, context) => {
    const maximum = rtpRampLimits[segment.kind].upCPerS;
    // The field itself holds the limit of a spike.
    if (segment.kind !== 'spike' && segment.ramp_rate_c_s !== undefined && segment.ramp_rate_c_s > maximum) {
      context.addIssue({
        code: 'too_big',
        origin: 'number',
        maximum,
        inclusive: true,
        path: ['ramp_rate_c_s'],
        message: `Too big: a ${segment.kind} segment ramps at most ${maximum} °C/s`,
        input: segment.ramp_rate_c_s,
      });
    }
  });
export type RtpSegment = z.infer<typeof rtpSegmentSchema>;

/** The implant that an anneal activates, when the wafer has no recorded implant of its own. */
export const ionImplantContextSchema = z.strictObject({
  species: ionSpeciesSchema,
  energy_kev: z.number().min(0.2).max(200),
  dose_atoms_cm2: z.number().min(1e11).max(1e16),
  tilt_deg: z.number().min(0).max(90).default(7),
});

/** What an anneal is, as it is posted (requirements R1-19, R1-32, C16). */
export const rtpRecipeFields = {
  segments: z.array(rtpSegmentSchema).min(1).max(50),
  initial_temp_c: z.number().min(20).max(700).default(25),
  n2_flow_slm: z.number().min(0).max(20).default(10),
  o2_flow_slm: z.number().min(0).max(5).default(0),
  pressure_torr: z.number().min(1).max(800).default(760),
  emissivity: z.number().min(0.05).max(1).default(0.68),
  controller_type: z.enum(['pid', 'mpc']).default('pid'),
  pid_kp: z.number().positive().max(1000).optional(),
  pid_ki: z.number().min(0).max(1000).optional(),
  pid_kd: z.number().min(0).max(1000).optional(),
  wafer_diameter_mm: z.union([z.literal(200), z.literal(300)]).default(300),
  ion_implant_context: ionImplantContextSchema.optional(),
};
export const rtpRecipeSchema = z.strictObject(rtpRecipeFields);
export type RtpRecipe = z.infer<typeof rtpRecipeSchema>;
