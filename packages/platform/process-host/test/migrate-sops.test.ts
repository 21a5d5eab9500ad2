import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { prepareDatabase } from '@spectra/database';
import { migrationsUpTo, testDatabase } from '@spectra/testkit';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { contentHash } from '../src/content-hash.ts';
import { sopAddress } from '../src/catalog/document-requests.ts';
import { findVersion } from '../src/documents/find-versions.ts';

const migrationsFolder = fileURLToPath(new URL('../migrations', import.meta.url));
const orgId = '11111111-1111-4111-8111-111111111111';
const sopId = '33333333-3333-4333-8333-333333333333';
const content = { title: 'Fill', body: 'Open the valve', hazard_class: 'medium', limits: {} };

test('SOPs and their approvals from before there were versions stay in force', async () => {
  // Up to the one before SOPs became documents.
  const folder = await migrationsUpTo(migrationsFolder, 0);
  const database = await testDatabase([{ schema: 'tank', migrationsFolder: folder }]);
  try {
    const door = database.open('tank');
    const hash = contentHash(content);
    await door.withOrg(orgId, async (tx) => {
      await tx.execute(sql`insert into sops (org_id, sop_id, title, body, hazard_class, limits, content_hash, status, author)
        values (${orgId}, ${sopId}, 'Fill', 'Open the valve', 'medium', '{}', ${hash}, 'approved', 'author')`);
      await tx.execute(sql`insert into sop_approvals (org_id, sop_id, approver, meaning, content_hash, authenticated_at)
        values (${orgId}, ${sopId}, 'approver', 'Released', ${hash}, now() - interval '60 s')`);
    });
    await prepareDatabase({
      adminUrl: database.adminUrl,
      database: new URL(database.adminUrl).pathname.slice(1),
      owners: [{ schema: 'tank', migrationsFolder }],
      roleSecret: 'tests',
    });
    const record = await door.withOrg(orgId, (tx) => findVersion(tx, sopAddress(orgId, sopId), 'in-force'));
    expect(record).toMatchObject({
      approvedVersion: 1,
      version: { content, content_hash: hash, author: 'author', contributors: ['author'] },
      signatures: [{ signer: 'approver', meaning: 'Released', content_hash: hash, auth_method: 'password' }],
    });
    expect(contentHash(record?.version.content)).toBe(hash);
    expect(record?.signatures[0]?.auth_age_s).toBeCloseTo(60, 0);
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
});
