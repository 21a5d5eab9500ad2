import { Client } from 'pg';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectRowLevelSecurity } from './expect-row-level-security.ts';
import { testDatabase, type TestDatabase } from './test-database.ts';

const migrationsFolder = join(import.meta.dirname, '../test/data/migrations');
let database: TestDatabase<'kit'>;
const check = (withoutOrg: string[] = ['settings']) =>
  expectRowLevelSecurity({ adminUrl: database.adminUrl, schema: 'kit', withoutOrg });

beforeAll(async () => {
  database = await testDatabase([{ schema: 'kit', migrationsFolder }]);
});
afterAll(() => database.close());

async function runAsAdministrator(statement: string): Promise<void> {
  const client = new Client({ connectionString: database.adminUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}

it('a schema whose tables are all bound to the organisation passes', async () => {
  await expect(check()).resolves.toBeUndefined();
});

it('a table without org_id must be named, and a named one must exist', async () => {
  await expect(check([])).rejects.toThrow(/settings: no org_id/);
  await expect(check(['settings', 'gone'])).rejects.toThrow(/gone: listed/);
});

it.each([
  ['alter table kit.notes no force row level security', /not forced/],
  ['alter table kit.notes disable row level security', /not enabled/],
  ['create policy hole on kit.notes for select using (true)', /a policy without the organisation/],
  ['drop policy notes_by_org on kit.notes', /no policy/],
  ['alter table kit.notes alter column org_id drop not null', /org_id may be null/],
])('%s is caught', async (offence, complaint) => {
  const own = await testDatabase([{ schema: 'kit', migrationsFolder }]);
  const before = database;
  database = own;
  try {
    await runAsAdministrator(offence);
    await expect(check()).rejects.toThrow(complaint);
  } finally {
    database = before;
    await own.close();
  }
});
