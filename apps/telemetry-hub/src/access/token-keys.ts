import { readFile } from 'node:fs/promises';
import { tokenKeysSchema } from '@spectra/schemas';

/** What the hub needs of the key file: the public halves. */
export type TokenKeys = { issuer: string; audience: string; keys: { kid: string; public_pem: string }[] };

/** Reads the public keys that tokens are signed with; the private halves are dropped at once. */
export async function readTokenKeys(file: string): Promise<TokenKeys> {
  const { issuer, audience, keys } = tokenKeysSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  return { issuer, audience, keys: keys.map(({ kid, public_pem }) => ({ kid, public_pem })) };
}
