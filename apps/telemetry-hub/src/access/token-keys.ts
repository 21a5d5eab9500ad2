import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** What the hub needs of the key file: the private parts are not even read out of it. */
const tokenKeysSchema = z.object({
  issuer: z.string().min(1),
  audience: z.string().min(1),
  keys: z.array(z.object({ kid: z.string().min(1), public_pem: z.string().min(1) })).min(1),
});
export type TokenKeys = z.infer<typeof tokenKeysSchema>;

/** Reads the public keys that tokens are signed with. */
export async function readTokenKeys(file: string): Promise<TokenKeys> {
  return tokenKeysSchema.parse(JSON.parse(await readFile(file, 'utf8')));
}
