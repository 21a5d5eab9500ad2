import { z } from 'zod';
import { ionSpeciesSchema } from './ion-recipe.ts';
import { doseProfileRequestSchema, doseProfileSchema } from './simulate.ts';

/** `ping`: is anybody there who does tools? */
export const pingParamsSchema = z.strictObject({ message: z.string().max(200).optional() });
export const pingResultSchema = z.object({ pong: z.literal(true), message: z.string().nullable() });

/** `ion.range`: how deep an implant goes, without its whole profile. */
export const ionRangeParamsSchema = doseProfileRequestSchema.pick({
  species: true,
  energy_kev: true,
  dose_atoms_cm2: true,
  tilt_deg: true,
  twist_deg: true,
  target: true,
});
export const ionRangeResultSchema = doseProfileSchema.pick({
  moments: true,
  retained_dose_cm2: true,
  channeling: true,
  metadata: true,
});

const layerSchema = z.strictObject({
  material: z.enum(['SiO2', 'Si3N4', 'resist']),
  thickness_nm: z.number().min(0.1).max(5000),
});

/** `ion.monte_carlo`: every ion followed one by one. The result depends on these alone, not on the threads. */
export const ionMonteCarloParamsSchema = z.strictObject({
  species: ionSpeciesSchema,
  energy_kev: z.number().min(0.2).max(200),
  dose_atoms_cm2: z.number().min(1e11).max(1e16).default(1e14),
  tilt_deg: z.number().min(0).max(90).default(7),
  twist_deg: z.number().min(0).max(360).default(0),
  target: z
    .strictObject({
      crystalline: z.boolean().default(true),
      layers: z.array(layerSchema).max(8).default([]),
    })
    .optional(),
  /** Two batches at least: fewer give no standard errors. */
  ions: z.int().min(1000).max(1_000_000).default(20_000),
  seed: z.int().min(0).max(4_294_967_295).default(1),
  depth_bins: z.int().min(10).max(1000).default(100),
  lateral_bins: z.int().min(2).max(400).default(60),
});
export type IonMonteCarloParams = z.output<typeof ionMonteCarloParamsSchema>;

const momentsSchema = doseProfileSchema.shape.moments;
const numbers = z.array(z.number());

export const ionMonteCarloResultSchema = z.object({
  ions: z.int(),
  moments: momentsSchema,
  standard_errors: momentsSchema,
  retained_dose_cm2: z.number(),
  profile_1d: z.object({
    depth_nm: numbers,
    concentration_cm3: numbers,
    concentration_error_cm3: numbers,
  }),
  /** Share of the stopped ions by depth (rows) and lateral distance (columns, centred on the point of entry). */
  profile_2d: z.object({
    depth_bin_nm: z.number(),
    lateral_bin_nm: z.number(),
    rows: z.int(),
    columns: z.int(),
    shares: numbers,
  }),
  metadata: z.record(z.string(), z.unknown()),
});
export type IonMonteCarloResult = z.output<typeof ionMonteCarloResultSchema>;
