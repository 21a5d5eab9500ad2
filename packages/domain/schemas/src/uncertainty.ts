import { z } from 'zod';

/** An uncertainty budget after the GUM (JCGM 100:2008): sources, combined, expanded with k = 2. */
export const uncertaintySchema = z.object({
  quantity: z.string(),
  unit: z.string(),
  value: z.number(),
  components: z.array(
    z.object({
      name: z.string(),
      type: z.enum(['A', 'B']),
      distribution: z.enum(['normal', 'rectangular']),
      /** In `unit`; a relative one has the unit 1. */
      standard_uncertainty: z.number(),
      unit: z.string(),
      /** Unit of the quantity per unit of the component. */
      sensitivity: z.number(),
      /** |sensitivity| × standard uncertainty, in the unit of the quantity. */
      contribution: z.number(),
      /** Null: without limit. */
      degrees_of_freedom: z.number().nullable(),
      source: z.string(),
    }),
  ),
  combined: z.number(),
  effective_degrees_of_freedom: z.number().nullable(),
  coverage_factor: z.literal(2),
  expanded: z.number(),
  /** Null where the value is 0. */
  relative_combined: z.number().nullable(),
  relative_expanded: z.number().nullable(),
});
export type UncertaintyAnswer = z.infer<typeof uncertaintySchema>;
