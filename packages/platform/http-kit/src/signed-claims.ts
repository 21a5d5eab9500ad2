import { readFile } from 'node:fs/promises';
import { tokenKeysSchema } from '@spectra/schemas';
import { createDecoder, createVerifier } from 'fast-jwt';
import { z } from 'zod';

/** What a service that only verifies needs of the key file: the public halves. */
export type PublicTokenKeys = {
  issuer: string;
  audience: string;
  keys: { kid: string; public_pem: string }[];
};

const tokenLengthMax = 4_096;
const headerSchema = z.strictObject({ alg: z.literal('EdDSA'), typ: z.string(), kid: z.string() });

/** Reads the public keys that tokens are signed with; the private halves are dropped at once. */
export async function readPublicTokenKeys(file: string): Promise<PublicTokenKeys> {
  const { issuer, audience, keys } = tokenKeysSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  return { issuer, audience, keys: keys.map(({ kid, public_pem }) => ({ kid, public_pem })) };
}

/**
 * The claims of a token, or null when it is not valid. Accepts only EdDSA tokens of a known key, with exactly the three
 * header fields, the platform's issuer and audience and the right `typ`: a refresh token, a ticket or an access token is
 * never taken for another.
 */
export function createClaimsReader(
  keys: PublicTokenKeys,
  nowMs: () => number,
): (token: string, typ: string) => unknown {
  const publicKeys = new Map(keys.keys.map((key) => [key.kid, key.public_pem]));
  const decode = createDecoder({ complete: true });
  return (token, typ) => {
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
  };
}
