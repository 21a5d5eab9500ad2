import { z } from 'zod';
import {
  authenticationFields,
  namedVersion,
  refuseVersionSchema,
  signVersionSchema,
} from './controlled-document.ts';
import {
  createRecipeSchema,
  createRecipeVersionSchema,
  recipeChangeSchema,
  recipeFilterSchema,
  recipeSchema,
} from './recipe.ts';
import { rpcContract } from './rpc.ts';

const page = { limit: z.int().min(1).max(100), offset: z.int().min(0) };
const oneRecipe = { recipe_id: z.uuid() };
const listOf = z.object({ items: z.array(recipeSchema), total: z.int() });

/** Abilities around named recipes and their versions; every process service has them. */
export const recipeRpc = {
  list: rpcContract('list-recipes', recipeFilterSchema.extend(page), listOf),
  get: rpcContract('get-recipe', z.object({ ...oneRecipe, ...namedVersion }), recipeSchema),
  listVersions: rpcContract('list-recipe-versions', z.object({ ...oneRecipe, ...page }), listOf),
  diff: rpcContract(
    'diff-recipe',
    z.object({ ...oneRecipe, from: z.int(), to: z.int() }),
    z.object({ from: z.int(), to: z.int(), changes: z.array(recipeChangeSchema) }),
  ),
  create: rpcContract('create-recipe', createRecipeSchema, recipeSchema),
  createVersion: rpcContract(
    'create-recipe-version',
    createRecipeVersionSchema.extend(oneRecipe),
    recipeSchema,
  ),
  submit: rpcContract('submit-recipe', z.object({ ...oneRecipe, ...namedVersion }), recipeSchema),
  approve: rpcContract(
    'approve-recipe',
    signVersionSchema.extend({ ...oneRecipe, ...authenticationFields }),
    recipeSchema,
  ),
  reject: rpcContract('reject-recipe', refuseVersionSchema.extend(oneRecipe), recipeSchema),
  retire: rpcContract('retire-recipe', refuseVersionSchema.extend(oneRecipe), recipeSchema),
} as const;
