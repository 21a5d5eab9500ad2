import { randomBytes } from 'node:crypto';
import {
  openDatabase,
  prepareDatabase,
  type Database,
  type SchemaOwner,
  type SchemaUrls,
} from '@spectra/database';
import { askTestServer } from '@spectra/local-servers';
import { Client, escapeIdentifier } from 'pg';
import { inject } from 'vitest';
import { silentLogger } from './silent-logger.ts';

/** A database of its own for one test file. */
export type TestDatabase<Schema extends string> = {
  /** The administrator's URL of this database, for looks behind row-level security. */
  adminUrl: string;
  urls: Record<Schema, SchemaUrls>;
  /** Opens an owner's door; `close` closes it too. */
  open(schema: Schema): Database;
  /** Closes what was opened and drops the database. */
  close(): Promise<void>;
};

/** Makes a fresh database with the owners' schemas, roles and migrations. Call it in `beforeAll`. */
export async function testDatabase<const Schema extends string>(
  owners: readonly SchemaOwner<Schema>[],
): Promise<TestDatabase<Schema>> {
  const clusterUrl = await askTestServer(inject('testServersUrl'), 'postgres');
  const database = `test_${randomBytes(6).toString('hex')}`;
  const urls = await prepareDatabase({ adminUrl: clusterUrl, database, owners, roleSecret: 'tests' });
  const opened: Database[] = [];
  const adminUrl = new URL(clusterUrl);
  adminUrl.pathname = `/${database}`;
  return {
    adminUrl: adminUrl.href,
    urls,
    open(schema) {
      const door = openDatabase({ ...urls[schema], maxConnections: 5, logger: silentLogger() });
      opened.push(door);
      return door;
    },
    async close() {
      await Promise.all(opened.map((door) => door.close()));
      await dropDatabase(clusterUrl, database);
    },
  };
}

async function dropDatabase(clusterUrl: string, database: string): Promise<void> {
  const client = new Client({ connectionString: clusterUrl });
  await client.connect();
  try {
    await client.query(`drop database if exists ${escapeIdentifier(database)} with (force)`);
  } finally {
    await client.end();
  }
}
