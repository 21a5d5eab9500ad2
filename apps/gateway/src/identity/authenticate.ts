import type { Principal } from '@spectra/http-kit';
import { accept, refuse, type Result } from '@spectra/schemas';
import type { FastifyRequest } from 'fastify';
import type { Accounts } from './accounts.ts';
import { apiKeyPrefix } from './api-key-text.ts';
import type { ApiKeys } from './api-keys.ts';
import type { Tokens } from './tokens.ts';

/** Finds out who stands behind a request: an access token or an API key, as Bearer or as `X-Api-Key`. */
export function createAuthenticator(parts: { tokens: Tokens; accounts: Accounts; apiKeys: ApiKeys }) {
  return async (request: FastifyRequest): Promise<Result<Principal>> => {
    const key = presentedKey(request);
    if (key !== null) return byKey(parts.apiKeys, key);
    if (request.headers.authorization === undefined) {
      return refuse('unauthenticated', 'Send an access token: Authorization: Bearer …');
    }
    const claims = await parts.tokens.verify(request);
    if (!claims.ok) return claims;
    if (!(await parts.accounts.isLive(claims.value))) {
      return refuse('unauthenticated', 'The access token is not valid or has expired.');
    }
    const { sub, org, role, sid, auth_time: authTimeS } = claims.value;
    return accept({
      caller: { userId: sub, orgId: org, role },
      sessionId: sid ?? null,
      authenticatedAt: authTimeS === undefined ? null : new Date(authTimeS * 1000).toISOString(),
    });
  };
}

function presentedKey(request: FastifyRequest): string | null {
  const header = request.headers['x-api-key'];
  if (typeof header === 'string') return header;
  const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  return bearer?.startsWith(apiKeyPrefix) ? bearer : null;
}

async function byKey(apiKeys: ApiKeys, key: string): Promise<Result<Principal>> {
  const caller = await apiKeys.callerOf(key);
  if (caller === null) return refuse('unauthenticated', 'The API key is not valid or has expired.');
  return accept({ caller, sessionId: null, authenticatedAt: null });
}
