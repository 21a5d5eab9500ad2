import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Database } from '@spectra/database';
import { bootstrapSchema } from '@spectra/schemas';
import type { Logger } from '@spectra/service-kit';
import { organisations, users } from '../store/tables.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { passwordFault } from './password-rules.ts';
import { sql } from 'drizzle-orm';

/** Makes the organisation and the users of a bootstrap file that are missing; changes nothing that exists. */
export async function seedBootstrap(options: {
  file: string;
  database: Database;
  hasher: PasswordHasher;
  logger: Logger;
}): Promise<void> {
  const { organisation, users: wanted } = bootstrapSchema.parse(
    JSON.parse(await readFile(options.file, 'utf8')),
  );
  const orgId = organisation.org_id;
  await options.database.withOrg(orgId, (tx) =>
    tx.insert(organisations).values({ orgId, name: organisation.name }).onConflictDoNothing(),
  );
  for (const user of wanted) {
    const fault = passwordFault(user.password);
    if (fault !== null) throw new Error(`The bootstrap password of ${user.email} is ${fault.message}`);
    const known = await options.database.withSystem((tx) =>
      tx.select().from(users).where(sql`lower(${users.email}) = lower(${user.email})`),
    );
    if (known.length > 0) continue;
    const passwordHash = await options.hasher.hash(user.password);
    const { email, name, role } = user;
    const userId = user.user_id ?? randomUUID();
    await options.database.withOrg(orgId, (tx) =>
      tx.insert(users).values({ orgId, userId, email, name, role, passwordHash }).onConflictDoNothing(),
    );
    options.logger.info({ email, role }, 'made a user of the bootstrap file');
  }
}
