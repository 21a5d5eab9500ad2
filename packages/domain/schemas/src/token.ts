import { z } from 'zod';
import { roleSchema } from './identity.ts';

/** The `typ` header of each kind of signed token; a reader accepts exactly one of them (RFC 8725, 3.11). */
export const tokenTypes = { access: 'at+jwt', streamTicket: 'stream-ticket' } as const;

/** The file with the signing keys (Ed25519, PEM). The first key signs, the others are still accepted. */
export const tokenKeysSchema = z.strictObject({
  issuer: z.string().min(1),
  audience: z.string().min(1),
  keys: z
    .array(
      z.strictObject({
        kid: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
        private_pem: z.string().min(1),
        public_pem: z.string().min(1),
      }),
    )
    .min(1),
});
export type TokenKeys = z.infer<typeof tokenKeysSchema>;

const standardClaims = {
  iss: z.string(),
  aud: z.string(),
  sub: z.string().min(1).max(200),
  iat: z.int(),
  exp: z.int(),
  jti: z.string().min(1).max(200),
  /** Organisation of the caller; nothing else decides it. */
  org: z.uuid(),
  role: roleSchema,
};

/** Claims of an access token. */
export const accessTokenClaimsSchema = z.object({
  ...standardClaims,
  /** Token version of the user: grows when all tokens of the user shall die. */
  tv: z.int().min(0),
  /** Session that the token belongs to; absent for tokens made outside a session. */
  sid: z.uuid().optional(),
  /** When the user last proved who they are, in seconds since the epoch. */
  auth_time: z.int().optional(),
});
export type AccessTokenClaims = z.infer<typeof accessTokenClaimsSchema>;

/** Claims of a stream ticket: good once, for one run, for half a minute. */
export const streamTicketClaimsSchema = z.object({
  ...standardClaims,
  run_id: z.string().min(1),
  process: z.string().min(1),
});
export type StreamTicketClaims = z.infer<typeof streamTicketClaimsSchema>;
