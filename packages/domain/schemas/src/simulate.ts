import { z } from 'zod';
import { ionSpeciesSchema } from './ion-recipe.ts';
import { rtpSegmentSchema } from './rtp-recipe.ts';
import { uncertaintySchema } from './uncertainty.ts';

const layerSchema = z.strictObject({
  material: z.enum(['SiO2', 'Si3N4', 'resist']),
  thickness_nm: z.number().positive().max(5000),
});

const thermalSchema = z.strictObject({
  temp_c: z.number().min(400).max(1250),
  time_s: z.number().positive().max(100_000),
});

/** `POST /api/ion/simulate/dose_profile`. */
export const doseProfileRequestSchema = z.strictObject({
  species: ionSpeciesSchema,
  energy_kev: z.number().min(0.2).max(200),
  dose_atoms_cm2: z.number().min(1e11).max(1e16),
  tilt_deg: z.number().min(0).max(90).default(7),
  twist_deg: z.number().min(0).max(360).default(0),
  target: z
    .strictObject({ crystalline: z.boolean().default(true), layers: z.array(layerSchema).max(8).default([]) })
    .optional(),
  wafer_diameter_mm: z.union([z.literal(150), z.literal(200), z.literal(300)]).default(300),
  anneal: thermalSchema.optional(),
});
export type DoseProfileRequest = z.infer<typeof doseProfileRequestSchema>;

const numbers = z.array(z.number());

export const doseProfileSchema = z.object({
  profile_1d: z.object({
    depth_nm: numbers,
    concentration_cm3: numbers,
    projected_range_nm: z.number(),
    straggle_nm: z.number(),
  }),
  profile_2d: z.object({
    x_mm: numbers,
    y_mm: numbers,
    dose_atoms_cm2: z.array(z.array(z.number().nullable())),
  }),
  moments: z.object({
    projected_range_nm: z.number(),
    straggle_nm: z.number(),
    lateral_straggle_nm: z.number(),
    skewness: z.number(),
    kurtosis: z.number(),
    backscatter_fraction: z.number(),
  }),
  retained_dose_cm2: z.number(),
  channeling: z.object({
    risk: z.enum(['low', 'medium', 'high']),
    critical_angle_deg: z.number(),
    channeled_fraction: z.number(),
    reason: z.string(),
  }),
  damage: z.record(z.string(), z.union([z.number(), z.boolean(), z.string(), z.null()])),
  sheet_resistance: z.object({
    as_implanted_ohm_sq: z.number().nullable(),
    annealed_ohm_sq: z.number().nullable(),
    anneal: z.object({ temp_c: z.number(), time_s: z.number() }),
  }),
  fluorine: z.object({ depth_nm: numbers, concentration_cm3: numbers }).optional(),
  uncertainty: z.object({
    projected_range: uncertaintySchema,
    retained_dose: uncertaintySchema,
    /** Range and dose carried to each depth of `profile_1d`. */
    concentration: z.object({
      quantity: z.string(),
      components: z.array(z.string()),
      coverage_factor: z.literal(2),
      expanded_cm3: numbers,
    }),
  }),
  metadata: z.record(z.string(), z.unknown()),
});
export type DoseProfileAnswer = z.infer<typeof doseProfileSchema>;

/** `POST /api/rtp/simulate/anneal`: exactly one start and one history. */
export const annealRequestSchema = z.strictObject({
  implant: z
    .strictObject({
      species: ionSpeciesSchema,
      energy_kev: z.number().min(0.2).max(200),
      dose_atoms_cm2: z.number().min(1e11).max(1e16),
      tilt_deg: z.number().min(0).max(90).default(7),
      /** False compares with process simulators, whose implants have no channelled tail; true is a real wafer. */
      crystalline: z.boolean().default(false),
    })
    .optional(),
  source_run_id: z.string().max(64).optional(),
  initial_profile: z
    .strictObject({
      species: z.enum(['B', 'P', 'As', 'In', 'Sb']),
      depth_nm: z.array(z.number().min(0).max(20_000)).min(3).max(5000),
      concentration_cm3: z.array(z.number().min(0).max(5e22)).min(3).max(5000),
    })
    .optional(),
  background_cm3: z.number().min(1e10).max(1e20).default(1e15),
  thermal: thermalSchema.optional(),
  segments: z.array(rtpSegmentSchema).min(1).max(50).optional(),
  initial_temp_c: z.number().min(20).max(700).default(25),
  ambient: z.strictObject({ o2_flow_slm: z.number().min(0).max(5).default(0) }).optional(),
  surface: z.enum(['bare', 'capped']).default('capped'),
  damage: z.boolean().default(false),
});
export type AnnealRequest = z.infer<typeof annealRequestSchema>;

export const annealSchema = z.object({
  profile: z.object({ depth_nm: numbers, initial_cm3: numbers, total_cm3: numbers, active_cm3: numbers }),
  junction_depth_um: z.object({
    at_background: z.number().nullable(),
    at_1e17: z.number().nullable(),
    at_1e18: z.number().nullable(),
  }),
  retained_dose_cm2: z.number(),
  active_dose_cm2: z.number(),
  sheet_resistance_ohm_sq: z.number().nullable(),
  activation_pct: z.number(),
  oxide_thickness_nm: z.number(),
  thermal_budget: z.record(z.string(), z.number()),
  /** Of the hottest temperature, of the highest ramp, and of the thermal budget by the temperature. */
  uncertainty: z.record(z.string(), uncertaintySchema),
  metadata: z.record(z.string(), z.unknown()),
});
export type AnnealAnswer = z.infer<typeof annealSchema>;
