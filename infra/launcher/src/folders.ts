import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { postgresFolder } from '@spectra/local-servers';

/** Where the checkout is. */
export const root = join(import.meta.dirname, '../../..');

/** What the launcher fetched. */
export const toolsFolder = join(root, '.spectra/tools');

/** Files and folders of one installation, all under its data folder. */
export function filesOf(dataFolder: string) {
  return {
    state: join(dataFolder, 'state.json'),
    secrets: join(dataFolder, 'secrets.json'),
    tokenKeys: join(dataFolder, 'token-keys.json'),
    accounts: join(dataFolder, 'demo-accounts.json'),
    logs: join(dataFolder, 'logs'),
    nats: join(dataFolder, 'nats'),
    objects: join(dataFolder, 'objects'),
    spool: join(dataFolder, 'upload-spool'),
    journals: join(dataFolder, 'tool-journals'),
  };
}

/**
 * Postgres's folder; outside of the data folder only where the account that Postgres runs as cannot reach it. There
 * its name depends on the password too: a new installation at an old place must not find the old one's cluster.
 */
export function postgresFolderOf(dataFolder: string, adminPassword: string): string {
  const mark = createHash('sha256').update(`${dataFolder}\n${adminPassword}`).digest('hex').slice(0, 12);
  return postgresFolder({
    preferred: join(dataFolder, 'postgres'),
    fallback: `/var/lib/spectra/${mark}/postgres`,
  });
}
