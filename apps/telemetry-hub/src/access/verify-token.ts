import {
  accessTokenClaimsSchema,
  streamTicketClaimsSchema,
  tokenTypes,
  type AccessTokenClaims,
  type Caller,
} from '@spectra/schemas';
import { createDecoder, createVerifier } from 'fast-jwt';
import { z } from 'zod';
import type { TokenKeys } from './token-keys.ts';

/** Proof of who asks for a stream. A ticket is bound to one run. */
export type StreamCredential = {
  caller: Caller;
  /** After this time the connection must end. */
  sessionEndsAtMs: number;
  ticket: { id: string; runId: string; process: string; expiresAtMs: number } | null;
};

/** Verifies what a reader presents; null says no more than "not valid". */
export type TokenVerifier = {
  accessToken(token: string): StreamCredential | null;
  ticket(token: string): StreamCredential | null;
};

/** A ticket does not tell when the session that asked for it ends; its connection lives as long as an access token. */
const ticketSessionMs = 15 * 60_000;
const ticketLifeSMax = 30;
const clockToleranceS = 5;
const tokenLengthMax = 4_096;

const headerSchema = z.strictObject({ alg: z.literal('EdDSA'), typ: z.string(), kid: z.string() });
/**
 * Accepts only EdDSA tokens of a known key, with exactly the three header fields, the platform's issuer and audience
 * and the right `typ`: a refresh token, a ticket or an access token is never taken for another.
 */
export function createTokenVerifier(keys: TokenKeys, nowMs: () => number): TokenVerifier {
  const publicKeys = new Map(keys.keys.map((key) => [key.kid, key.public_pem]));
  const decode = createDecoder({ complete: true });

  function claimsOf(token: string, typ: string): unknown {
    if (token.length > tokenLengthMax) return null;
    try {
      const header = headerSchema.parse(decode(token).header);
      const key = publicKeys.get(header.kid);
      if (key === undefined || header.typ !== typ) return null;
      const verify = createVerifier({
        key,
        algorithms: ['EdDSA'],
        allowedIss: keys.issuer,
        allowedAud: keys.audience,
        requiredClaims: ['exp', 'iat', 'sub', 'jti'],
        clockTimestamp: nowMs(),
        clockTolerance: 0,
        cache: false,
      });
      return verify(token);
    } catch {
      return null;
    }
  }

  return {
    accessToken(token) {
      const claims = accessTokenClaimsSchema.safeParse(claimsOf(token, tokenTypes.access));
      if (!claims.success || isFromFuture(claims.data.iat, nowMs())) return null;
      return {
        caller: callerOf(claims.data),
        sessionEndsAtMs: claims.data.exp * 1000,
        ticket: null,
      };
    },
    ticket(token) {
      const claims = streamTicketClaimsSchema.safeParse(claimsOf(token, tokenTypes.streamTicket));
      if (!claims.success || isFromFuture(claims.data.iat, nowMs())) return null;
      const { jti, run_id, process, exp, iat } = claims.data;
      if (exp - iat > ticketLifeSMax) return null;
      return {
        caller: callerOf(claims.data),
        sessionEndsAtMs: iat * 1000 + ticketSessionMs,
        ticket: { id: jti, runId: run_id, process, expiresAtMs: exp * 1000 },
      };
    },
  };
}

function isFromFuture(iat: number, nowMs: number): boolean {
  return iat * 1000 > nowMs + clockToleranceS * 1000;
}

function callerOf({ org, sub, role }: Pick<AccessTokenClaims, 'org' | 'sub' | 'role'>): Caller {
  return { orgId: org, userId: sub, role };
}
