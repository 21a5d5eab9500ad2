import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import { recipeRpc, recipeSchema, refuseVersionSchema, signVersionSchema } from '@spectra/schemas';
import { askOwner } from '../across-processes.ts';
import type { Ask } from '../ask.ts';
import { oneRecipe, type RecipeFinder } from '../find-recipe.ts';
import { signedBy } from '../signed-by.ts';

const mayApprove = { kind: 'permission', anyOf: ['recipe:approve'] } as const;

/** From draft to approved, and out of use. */
export function recipeApprovalRoutes(ask: Ask, find: RecipeFinder): HttpRoute[] {
  return [submitRecipe(ask, find), approveRecipe(ask, find), ...decisions(ask, find)];
}

function submitRecipe(ask: Ask, find: RecipeFinder): HttpRoute {
  return defineRoute({
    ...oneRecipe,
    method: 'POST',
    url: '/api/recipes/:recipe_id/submit',
    access: { kind: 'permission', anyOf: ['recipe:create'] },
    summary: 'Lay a draft before its approvers; its SOP must be in force and cover it',
    body: refuseVersionSchema.pick({ version: true }),
    example: { body: {} },
    reply: { status: 200, schema: recipeSchema },
    handler: (input) =>
      askOwner(find(input, input.params), (service) =>
        ask(input, { service, contract: recipeRpc.submit, body: { ...input.params, ...input.body } }),
      ),
  });
}

function approveRecipe(ask: Ask, find: RecipeFinder): HttpRoute {
  return defineRoute({
    ...oneRecipe,
    method: 'POST',
    url: '/api/recipes/:recipe_id/approvals',
    access: mayApprove,
    summary: 'Sign a submitted version that others wrote, within five minutes of signing in',
    body: signVersionSchema,
    example: { body: { meaning: 'Reviewed and approved', content_hash: 'a'.repeat(64) } },
    reply: { status: 201, schema: recipeSchema },
    async handler(input) {
      const signed = signedBy(input.principal);
      if (!signed.ok) return signed;
      const body = { ...input.params, ...input.body, ...signed.value };
      return askOwner(find(input, input.params), (service) =>
        ask(input, { service, contract: recipeRpc.approve, body }),
      );
    },
  });
}

/** Turning down, and taking out of use; both say why. */
function decisions(ask: Ask, find: RecipeFinder): HttpRoute[] {
  const both = [
    {
      verb: 'reject',
      contract: recipeRpc.reject,
      summary: 'Turn an open version down; its signatures are voided',
    },
    {
      verb: 'retire',
      contract: recipeRpc.retire,
      summary: 'Take one version, or the whole recipe, out of use',
    },
  ] as const;
  return both.map(({ verb, contract, summary }) =>
    defineRoute({
      ...oneRecipe,
      method: 'POST',
      url: `/api/recipes/:recipe_id/${verb}`,
      access: mayApprove,
      summary,
      body: refuseVersionSchema,
      example: { body: { reason: 'Dose is wrong for this layer' } },
      reply: { status: 200, schema: recipeSchema },
      handler: (input) =>
        askOwner(find(input, input.params), (service) =>
          ask(input, { service, contract, body: { ...input.params, ...input.body } }),
        ),
    }),
  );
}
