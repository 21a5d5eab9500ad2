import { createClaimsReader, type PublicTokenKeys } from '@spectra/http-kit';
import {
  accessTokenClaimsSchema,
  streamTicketClaimsSchema,
  tokenTypes,
  type AccessTokenClaims,
  type Caller,
} from '@spectra/schemas';

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

/** Verifies the two kinds of tokens that open a stream. */
export function createTokenVerifier(keys: PublicTokenKeys, nowMs: () => number): TokenVerifier {
  const claimsOf = createClaimsReader(keys, nowMs);
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
