import { z } from 'zod';

/** Dopant ions of the product. BF2 is the molecular ion; its boron carries 11/49 of the energy. */
export const ionSpeciesSchema = z.enum(['B', 'P', 'As', 'BF2', 'In', 'Sb']);
export type IonSpecies = z.infer<typeof ionSpeciesSchema>;

/** What an implant is, as it is posted (requirements R1-11, R1-27). */
export const ionRecipeFields = {
  species: ionSpeciesSchema,
  energy_kev: z.number().min(1).max(200),
  dose_atoms_cm2: z.number().min(1e11).max(1e16),
  tilt_deg: z.number().min(0).max(90).default(7),
  twist_deg: z.number().min(0).max(90).default(0),
  beam_current_ma: z.number().min(0.1).max(50),
  scan_speed_mm_s: z.number().min(1).max(100),
  wafer_diameter_mm: z.union([z.literal(150), z.literal(200), z.literal(300)]).default(300),
};
export const ionRecipeSchema = z.strictObject(ionRecipeFields);
export type IonRecipe = z.infer<typeof ionRecipeSchema>;
