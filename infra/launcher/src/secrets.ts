import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bootstrapFileSchema, roleSchema, type Bootstrap, type TokenKeys } from '@spectra/schemas';
import { z } from 'zod';
import { filesOf } from './folders.ts';
import { writeAtomically } from './write-atomically.ts';

const secretsSchema = z.object({
  postgresPassword: z.string(),
  /** Where the passwords of the services' database roles are derived from. */
  roleSecret: z.string(),
  objectStoreSecret: z.string(),
});
type Secrets = z.output<typeof secretsSchema>;

/** The secrets of this installation, made at the first call and readable by their owner alone. */
export function installationSecrets(dataFolder: string): Secrets {
  const fresh = () => randomBytes(32).toString('base64url');
  return readOrMake(filesOf(dataFolder).secrets, secretsSchema, () => ({
    postgresPassword: fresh(),
    roleSecret: fresh(),
    objectStoreSecret: fresh(),
  }));
}

/** Makes the file with the keys that sign access tokens, unless it is there. */
export function ensureTokenKeys(dataFolder: string): string {
  const file = filesOf(dataFolder).tokenKeys;
  if (existsSync(file)) return file;
  const pair = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const keys: TokenKeys = {
    issuer: 'spectra',
    audience: 'spectra-api',
    keys: [{ kid: randomBytes(8).toString('hex'), private_pem: pair.privateKey, public_pem: pair.publicKey }],
  };
  writeAtomically(file, JSON.stringify(keys, null, 2));
  return file;
}

/**
 * The accounts of a demo organisation, one user of each role; the passwords are made here and stand in the file. `demo`
 * is the one with tools; `neighbour` has none and shows that organisations do not see each other.
 */
export function demoAccounts(dataFolder: string, organisation = 'demo'): Bootstrap {
  const known = readOrMake(filesOf(dataFolder).accounts, bootstrapFileSchema, () =>
    ['demo', 'neighbour'].map(newOrganisation),
  );
  const found = known.find(({ users }) => users[0]?.email.endsWith(`@${organisation}.example`));
  if (found === undefined) throw new Error(`There is no demo organisation "${organisation}"`);
  return found;
}

function newOrganisation(name: string): Bootstrap {
  return {
    organisation: { org_id: randomUUID(), name: `${name} fab` },
    users: roleSchema.options.map((role) => ({
      user_id: randomUUID(),
      email: `${role}@${name}.example`,
      name: `${name} ${role}`,
      role,
      password: randomBytes(12).toString('base64url'),
    })),
  };
}

function readOrMake<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  make: () => z.input<Schema>,
): z.output<Schema> {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    writeAtomically(file, JSON.stringify(make(), null, 2));
  }
  return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
