import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import { permissionNamed } from '@spectra/policy';
import { accept, refuse, roleSchema } from '@spectra/schemas';
import { z } from 'zod';
import type { ApiKeys } from '../identity/api-keys.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';

const manageUsers = { kind: 'permission', anyOf: ['user:manage'] } as const;
const lifetimeDaysMax = 365;
const lifetimeDaysDefault = 90;
const keySchema = z.object({
  api_key_id: z.uuid(),
  name: z.string(),
  hint: z.string(),
  role: roleSchema,
  scopes: z.array(z.string()),
  created_by: z.string(),
  created_at: z.string(),
  expires_at: z.string(),
  last_used_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
});

/** Keys for programs. */
export function apiKeyRoutes(apiKeys: ApiKeys): HttpRoute[] {
  return [createKey(apiKeys), listKeys(apiKeys), revokeKey(apiKeys)];
}

function createKey(apiKeys: ApiKeys): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/api/auth/api-keys',
    access: manageUsers,
    // Its answer holds the key itself, which is stored nowhere.
    repeats: 'ignored',
    organisation: 'collection',
    summary: 'Make an API key; its text is shown in this answer and never again',
    tag: 'auth',
    body: z.strictObject({
      name: z.string().min(1).max(200),
      role: roleSchema,
      scopes: z
        .array(
          z
            .string()
            .max(64)
            .refine((scope) => permissionNamed(scope) !== null, 'not the name of a permission'),
        )
        .min(1)
        .max(100),
      expires_in_days: z.int().min(1).max(lifetimeDaysMax).default(lifetimeDaysDefault),
    }),
    example: { body: { name: 'MES', role: 'operator', scopes: ['ion:create_run', 'ion:view_run'] } },
    reply: { status: 201, schema: keySchema.extend({ api_key: z.string() }) },
    async handler({ principal, body }) {
      const { expires_in_days: lifetimeDays, ...facts } = body;
      const { orgId, userId: createdBy } = principal.caller;
      return accept(await apiKeys.create(orgId, { ...facts, lifetimeDays, createdBy }));
    },
  });
}

function listKeys(apiKeys: ApiKeys): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/auth/api-keys',
    access: manageUsers,
    organisation: 'collection',
    summary: 'List API keys, newest first, without their text',
    tag: 'auth',
    query: z.strictObject(limitOffset),
    reply: { status: 200, schema: z.object({ api_keys: z.array(keySchema), ...listFacts }) },
    async handler({ principal, query }) {
      const found = await apiKeys.list(principal.caller.orgId, query);
      return accept({ api_keys: found.items, ...factsOf(found, query) });
    },
  });
}

function revokeKey(apiKeys: ApiKeys): HttpRoute {
  return defineRoute({
    method: 'DELETE',
    url: '/api/auth/api-keys/:api_key_id',
    access: manageUsers,
    organisation: 'resource',
    summary: 'Revoke an API key; its record stays',
    tag: 'auth',
    params: z.strictObject({ api_key_id: z.uuid() }),
    reply: { status: 204, schema: z.undefined() },
    async handler({ principal, params }) {
      const known = await apiKeys.revoke(principal.caller.orgId, params.api_key_id);
      return known ? accept(undefined) : refuse('not_found', 'There is nothing with this id.');
    },
  });
}
