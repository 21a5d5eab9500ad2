import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { tokenKeysSchema, type TokenKeys } from '@spectra/schemas';

/** Reads the signing keys; the first start of an installation makes the file (readable by its owner only). */
export async function loadTokenKeys(file: string): Promise<TokenKeys> {
  try {
    const fresh = JSON.stringify(newTokenKeys(), null, 2);
    await writeFile(file, fresh, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return tokenKeysSchema.parse(JSON.parse(await readFile(file, 'utf8')));
}

/** A set of one new Ed25519 key. */
export function newTokenKeys(): TokenKeys {
  const pair = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const kid = randomBytes(8).toString('hex');
  return {
    issuer: 'spectra',
    audience: 'spectra-api',
    keys: [{ kid, private_pem: pair.privateKey, public_pem: pair.publicKey }],
  };
}

/** The public halves as a JWK set (RFC 7517), for services that check tokens themselves. */
export function publicKeySet(keys: TokenKeys): { keys: Record<string, string>[] } {
  return {
    keys: keys.keys.map(({ kid, public_pem }) => {
      const { kty = '', crv = '', x = '' } = createPublicKey(public_pem).export({ format: 'jwk' });
      return { kty, crv, x, kid, use: 'sig', alg: 'EdDSA' };
    }),
  };
}
