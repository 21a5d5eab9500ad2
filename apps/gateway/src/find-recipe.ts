import { recipeRpc } from '@spectra/schemas';
import { z } from 'zod';
import { findAcross } from './across-processes.ts';
import type { Ask } from './ask.ts';

/** What the routes of one recipe have in common. */
export const oneRecipe = {
  organisation: 'resource',
  tag: 'recipes',
  params: z.strictObject({ recipe_id: z.uuid() }),
} as const;

export type RecipeFinder = ReturnType<typeof recipeFinder>;

/** Which process has the recipe. */
export function recipeFinder(ask: Ask) {
  return (asker: Parameters<Ask>[0], params: { recipe_id: string }) =>
    findAcross((service) => ask(asker, { service, contract: recipeRpc.get, body: params }));
}
