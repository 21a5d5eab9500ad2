import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import {
  accept,
  createRecipeSchema,
  createRecipeVersionSchema,
  recipeFilterSchema,
  recipeRpc,
  recipeSchema,
} from '@spectra/schemas';
import { z } from 'zod';
import { askOwner, findAcross, listAcross, processesAsked } from '../across-processes.ts';
import type { Ask } from '../ask.ts';
import { oneRecipe, recipeFinder, type RecipeFinder } from '../find-recipe.ts';
import { processDoors } from '../process-doors.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';
import { queryVersion } from '../views/query-version.ts';
import { recipeApprovalRoutes } from './recipe-approval-routes.ts';

const processId = z.enum(processDoors.map((door) => door.process));
const mayView = { kind: 'permission', anyOf: ['recipe:view'] } as const;
const mayCreate = { kind: 'permission', anyOf: ['recipe:create'] } as const;
const recipeList = z.object({ recipes: z.array(recipeSchema), ...listFacts });

/** Named recipes, their immutable versions, and the way to their approval. */
export function recipeRoutes(ask: Ask): HttpRoute[] {
  const find = recipeFinder(ask);
  return [
    listRecipes(ask),
    createRecipe(ask),
    getRecipe(ask),
    listVersions(ask, find),
    createVersion(ask, find),
    diffVersions(ask, find),
    ...recipeApprovalRoutes(ask, find),
  ];
}

function listRecipes(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/recipes',
    access: mayView,
    organisation: 'collection',
    summary: 'List recipes in their newest version',
    tag: 'recipes',
    query: z.strictObject({
      process: processId.optional(),
      ...recipeFilterSchema.shape,
      ...limitOffset,
    }),
    reply: { status: 200, schema: recipeList },
    async handler(input) {
      const { process, limit, offset, ...filter } = input.query;
      const found = await listAcross(processesAsked(process), { limit, offset }, (service, page) =>
        ask(input, { service, contract: recipeRpc.list, body: { ...page, ...filter } }),
      );
      if (!found.ok) return found;
      return accept({ recipes: found.value.items, ...factsOf(found.value, { limit, offset }) });
    },
  });
}

function createRecipe(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/api/recipes',
    access: mayCreate,
    organisation: 'collection',
    summary: 'Write a recipe under a SOP: the draft of its version 1',
    tag: 'recipes',
    body: createRecipeSchema.extend({ process: processId }),
    example: {
      body: {
        process: 'ion',
        name: 'P well 40 keV',
        sop_id: '00000000-0000-4000-8000-000000000000',
        recipe: {
          species: 'P',
          energy_kev: 40,
          dose_atoms_cm2: 1e15,
          beam_current_ma: 5,
          scan_speed_mm_s: 50,
        },
      },
    },
    reply: { status: 201, schema: recipeSchema },
    handler: (input) =>
      ask(input, { service: input.body.process, contract: recipeRpc.create, body: input.body }),
  });
}

function getRecipe(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneRecipe,
    method: 'GET',
    url: '/api/recipes/:recipe_id',
    access: mayView,
    summary: 'A recipe in its newest version, or in the one that is named',
    query: z.strictObject({ version: queryVersion.optional() }),
    reply: { status: 200, schema: recipeSchema },
    handler: (input) =>
      findAcross((service) =>
        ask(input, { service, contract: recipeRpc.get, body: { ...input.params, ...input.query } }),
      ),
  });
}

function listVersions(ask: Ask, find: RecipeFinder): HttpRoute {
  return defineRoute({
    ...oneRecipe,
    method: 'GET',
    url: '/api/recipes/:recipe_id/versions',
    access: mayView,
    summary: 'All versions of a recipe, newest first, with every signature that was ever given',
    query: z.strictObject(limitOffset),
    reply: { status: 200, schema: recipeList },
    async handler(input) {
      const body = { ...input.params, ...input.query };
      const found = await askOwner(find(input, input.params), (service) =>
        ask(input, { service, contract: recipeRpc.listVersions, body }),
      );
      if (!found.ok) return found;
      return accept({ recipes: found.value.items, ...factsOf(found.value, input.query) });
    },
  });
}

function createVersion(ask: Ask, find: RecipeFinder): HttpRoute {
  return defineRoute({
    ...oneRecipe,
    method: 'POST',
    url: '/api/recipes/:recipe_id/versions',
    access: mayCreate,
    summary: 'Write the next version out of changes; signatures under an open version are voided',
    body: createRecipeVersionSchema,
    example: { body: { changes: { energy_kev: 45 }, comment: 'Deeper well' } },
    reply: { status: 201, schema: recipeSchema },
    handler: (input) =>
      askOwner(find(input, input.params), (service) =>
        ask(input, {
          service,
          contract: recipeRpc.createVersion,
          body: { ...input.params, ...input.body },
        }),
      ),
  });
}

function diffVersions(ask: Ask, find: RecipeFinder): HttpRoute {
  return defineRoute({
    ...oneRecipe,
    method: 'GET',
    url: '/api/recipes/:recipe_id/diff',
    access: mayView,
    summary: 'What differs between two versions, with units',
    query: z.strictObject({ from: queryVersion, to: queryVersion }),
    example: { query: { from: '1', to: '2' } },
    reply: { status: 200, schema: recipeRpc.diff.reply },
    handler: (input) =>
      askOwner(find(input, input.params), (service) =>
        ask(input, { service, contract: recipeRpc.diff, body: { ...input.params, ...input.query } }),
      ),
  });
}
