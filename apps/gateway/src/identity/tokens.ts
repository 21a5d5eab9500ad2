import { randomUUID } from 'node:crypto';
import jwt from '@fastify/jwt';
import {
  accessTokenClaimsSchema,
  refuse,
  accept,
  tokenTypes,
  type AccessTokenClaims,
  type Result,
  type Role,
  type TokenKeys,
} from '@spectra/schemas';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Who a token is made for. */
type TokenSubject = {
  userId: string;
  orgId: string;
  role: Role;
  tokenVersion: number;
  sessionId: string;
  authenticatedAt: Date;
};

export type Tokens = {
  accessLifetimeS: number;
  issueAccess(subject: TokenSubject): string;
  issueStreamTicket(grant: { userId: string; orgId: string; role: Role; runId: string; process: string }): {
    ticket: string;
    expiresAt: Date;
  };
  /** Checks the access token of a request by signature, header and claims; not yet whether it was revoked. */
  verify(request: FastifyRequest): Promise<Result<AccessTokenClaims>>;
};

const algorithm = 'EdDSA';
const ticketLifetimeS = 30;
/** Clocks of two machines may differ by this much. */
const clockToleranceS = 5;
/** Tokens whose signatures are not checked again at each request; whether they were revoked is asked each time. */
const rememberedMax = 1000;
const headerNames = new Set(['alg', 'typ', 'kid']);

/** Registers the token library with one algorithm and the installation's keys. */
export async function registerTokens(
  app: FastifyInstance,
  options: { keys: TokenKeys; accessLifetimeS: number },
): Promise<Tokens> {
  const { keys, accessLifetimeS } = options;
  const signing = keys.keys[0];
  if (signing === undefined) throw new Error('there is no signing key');
  const publicByKid = new Map(keys.keys.map((key) => [key.kid, key.public_pem]));
  const standard = { iss: keys.issuer, aud: keys.audience, kid: signing.kid, algorithm } as const;
  await app.register(jwt, {
    secret: {
      private: signing.private_pem,
      public: async (_request: FastifyRequest, token: unknown) => keyOf(token, publicByKid),
    },
    decode: { complete: true },
    sign: {
      ...standard,
      expiresIn: accessLifetimeS,
      header: { alg: algorithm, typ: tokenTypes.access },
    },
    verify: {
      algorithms: [algorithm],
      checkTyp: tokenTypes.access,
      allowedIss: keys.issuer,
      allowedAud: keys.audience,
      requiredClaims: ['iss', 'aud', 'sub', 'iat', 'exp', 'jti'],
      clockTolerance: clockToleranceS * 1000,
      // Remembers that a text was signed by its key: that never changes, and its end is looked at each time.
      cache: rememberedMax,
    },
  });
  return {
    accessLifetimeS,
    issueAccess: (subject) => app.jwt.sign(accessClaims(subject)),
    issueStreamTicket: (grant) => ({
      ticket: app.jwt.sign(
        {
          sub: grant.userId,
          org: grant.orgId,
          role: grant.role,
          run_id: grant.runId,
          process: grant.process,
          jti: randomUUID(),
        },
        {
          ...standard,
          expiresIn: ticketLifetimeS,
          header: { alg: algorithm, typ: tokenTypes.streamTicket },
        },
      ),
      expiresAt: new Date(Date.now() + ticketLifetimeS * 1000),
    }),
    verify: verifyAccess,
  };
}

function accessClaims(subject: TokenSubject) {
  return {
    sub: subject.userId,
    org: subject.orgId,
    role: subject.role,
    tv: subject.tokenVersion,
    sid: subject.sessionId,
    auth_time: Math.floor(subject.authenticatedAt.getTime() / 1000),
    jti: randomUUID(),
  };
}

/** The key by its exact id. A header with anything beside alg, typ and kid (crit, jku, jwk …) finds none. */
function keyOf(token: unknown, publicByKid: ReadonlyMap<string, string>): string {
  const header = headerOf(token);
  const strange = Object.keys(header).filter((name) => !headerNames.has(name));
  const key = typeof header['kid'] === 'string' ? publicByKid.get(header['kid']) : undefined;
  if (strange.length > 0 || key === undefined) throw new Error('no key for this token');
  return key;
}

function headerOf(token: unknown): Record<string, unknown> {
  if (typeof token !== 'object' || token === null) return {};
  const header = 'header' in token ? token.header : token;
  return typeof header === 'object' && header !== null ? { ...header } : {};
}

async function verifyAccess(request: FastifyRequest): Promise<Result<AccessTokenClaims>> {
  let payload: unknown;
  try {
    payload = await request.jwtVerify<object>();
  } catch (error) {
    // What was wrong with a forged token is for the log, not for the forger.
    request.log.info({ reason: error instanceof Error ? error.message : 'unknown' }, 'a token was refused');
    return refuse('unauthenticated', 'The access token is not valid or has expired.');
  }
  const claims = accessTokenClaimsSchema.safeParse(payload);
  const latestIssueS = Date.now() / 1000 + clockToleranceS;
  if (!claims.success || claims.data.iat > latestIssueS) {
    return refuse('unauthenticated', 'The access token is not valid or has expired.');
  }
  return accept(claims.data);
}
