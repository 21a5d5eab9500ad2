import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Database } from '@spectra/database';
import { bootstrapFileSchema, type Bootstrap } from '@spectra/schemas';
import type { Logger } from '@spectra/service-kit';
import { organisations, users } from '../store/tables.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { passwordFault } from './password-rules.ts';
import { sql } from 'drizzle-orm';

type Seeding = { database: Database; hasher: PasswordHasher; logger: Logger };

/** Makes the organisations and the users of a bootstrap file that are missing; changes nothing that exists. */
export async function seedBootstrap({ file, ...seeding }: Seeding & { file: string }): Promise<void> {
  const content = bootstrapFileSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  for (const organisation of content) await seedOrganisation(organisation, seeding);
}

async function seedOrganisation({ organisation, users: wanted }: Bootstrap, options: Seeding): Promise<void> {
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
