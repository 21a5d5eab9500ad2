import { Client as Database } from 'pg';
import { Client } from './client.ts';
import { organisations } from './platform.ts';
import type { Platform } from './platform.ts';

/** An engineer of a second organisation, with the password of all, signed in. */
export async function theirEngineer(platform: Platform): Promise<Client> {
  const { orgId, domain } = organisations.theirs;
  await inDatabase(platform, `insert into gateway.organisations (org_id, name) values ($1, 'Theirs')`, [
    orgId,
  ]);
  await inDatabase(
    platform,
    `insert into gateway.users (org_id, user_id, email, name, role, password_hash)
     select $1, gen_random_uuid(), $2, name, role, password_hash from gateway.users where email = $3`,
    [orgId, `engineer@${domain}`, `engineer@${organisations.ours.domain}`],
  );
  return Client.logIn(platform.url, 'engineer', domain);
}

async function inDatabase(platform: Platform, text: string, values: readonly string[]): Promise<void> {
  const database = new Database({ connectionString: platform.adminUrl });
  await database.connect();
  await database.query(text, [...values]);
  await database.end();
}
