import { definePublicRoute, defineRoute, type HttpRoute } from '@spectra/http-kit';
import { permissions, reachOf } from '@spectra/policy';
import { accept, refuse, roleSchema } from '@spectra/schemas';
import { z } from 'zod';
import type { Accounts } from '../identity/accounts.ts';
import type { LogIn } from '../identity/log-in.ts';
import type { OpenSession, Sessions } from '../identity/sessions.ts';
import type { Tokens } from '../identity/tokens.ts';
import type { Users } from '../identity/users.ts';

type Parts = { logIn: LogIn; sessions: Sessions; tokens: Tokens; accounts: Accounts; users: Users };

const tokenReply = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  refresh_token: z.string(),
});
const refreshToken = z.string().min(1).max(4000);

/** Signing in, staying in, signing out. */
export function authRoutes(parts: Parts): HttpRoute[] {
  return [logInRoute(parts), refreshRoute(parts), logOutRoute(parts), meRoute(parts)];
}

function logInRoute({ logIn, tokens }: Parts): HttpRoute {
  return definePublicRoute({
    method: 'POST',
    url: '/api/auth/login',
    access: { kind: 'public', reason: 'the password is the credential' },
    organisation: 'none',
    rate: 'login',
    summary: 'Sign in with email and password',
    tag: 'auth',
    body: z
      .strictObject({
        email: z.string().min(1).max(254).optional(),
        username: z.string().min(1).max(254).optional(),
        password: z.string().min(1).max(200),
      })
      .refine((body) => (body.email === undefined) !== (body.username === undefined), {
        path: ['email'],
        message: 'give the email address, as email or as username',
      }),
    example: { body: { email: 'engineer@demo.example', password: 'the password' } },
    reply: { status: 200, schema: tokenReply },
    async handler({ body, address, traceparent }) {
      const email = body.email ?? body.username ?? '';
      const session = await logIn({ email, password: body.password, address, traceparent });
      return session.ok ? accept(grant(tokens, session.value)) : session;
    },
  });
}

function refreshRoute({ sessions, tokens, accounts }: Parts): HttpRoute {
  return definePublicRoute({
    method: 'POST',
    url: '/api/auth/refresh',
    access: { kind: 'public', reason: 'the refresh token is the credential' },
    organisation: 'none',
    summary: 'Trade a refresh token for an access token and the next refresh token',
    tag: 'auth',
    body: z.strictObject({ refresh_token: refreshToken }),
    example: { body: { refresh_token: 'the refresh token' } },
    reply: { status: 200, schema: tokenReply },
    async handler({ body, address, traceparent }) {
      const session = await sessions.refresh(body.refresh_token, { address, traceparent });
      if (session.ok) return accept(grant(tokens, session.value));
      if (session.refusal.code === 'refresh_reused') accounts.changed();
      return session;
    },
  });
}

function logOutRoute({ sessions, accounts }: Parts): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/api/auth/logout',
    access: { kind: 'signed-in' },
    repeats: 'ignored',
    organisation: 'none',
    summary: 'End the session of the access token, and that of the refresh token when one is given',
    tag: 'auth',
    body: z.strictObject({ refresh_token: refreshToken.optional() }),
    example: { body: {} },
    reply: { status: 204, schema: z.undefined() },
    async handler({ principal, body }) {
      const { orgId, userId } = principal.caller;
      if (principal.sessionId !== null) {
        await sessions.revoke({ orgId, sessionId: principal.sessionId }, 'logout');
      }
      if (body.refresh_token !== undefined && principal.authenticatedAt !== null) {
        await sessions.revokeByToken({ orgId, userId }, body.refresh_token);
      }
      accounts.changed();
      return accept(undefined);
    },
  });
}

function meRoute({ users }: Parts): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/auth/me',
    access: { kind: 'signed-in' },
    organisation: 'none',
    summary: 'Who I am and what I may do',
    tag: 'auth',
    reply: {
      status: 200,
      schema: z.object({
        user_id: z.string(),
        org_id: z.uuid(),
        role: roleSchema,
        email: z.string().nullable(),
        name: z.string().nullable(),
        scopes: z.array(z.string()).nullable(),
        permissions: z.array(z.object({ permission: z.string(), reach: z.enum(['organisation', 'own']) })),
      }),
    },
    async handler({ principal }) {
      const { caller } = principal;
      // An API key is no person: it has a caller, but no row among the users.
      const isPerson = caller.scopes === undefined;
      const user = isPerson ? await users.find(caller.orgId, caller.userId) : null;
      if (isPerson && user === null) return refuse('unauthenticated', 'This user does not exist any more.');
      return accept({
        user_id: caller.userId,
        org_id: caller.orgId,
        role: caller.role,
        email: user?.email ?? null,
        name: user?.name ?? null,
        scopes: caller.scopes ?? null,
        permissions: permissions.flatMap((permission) => {
          const reach = reachOf(caller, permission);
          return reach === 'none' ? [] : [{ permission, reach }];
        }),
      });
    },
  });
}

function grant(tokens: Tokens, session: OpenSession): z.infer<typeof tokenReply> {
  return {
    access_token: tokens.issueAccess(session),
    token_type: 'Bearer',
    expires_in: tokens.accessLifetimeS,
    refresh_token: session.refreshToken,
  };
}
