import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '@spectra/database';
import type { HttpRoute } from '@spectra/http-kit';
import { connectMessaging } from '@spectra/messaging';
import { localObjectStore, type ObjectStore } from '@spectra/object-store';
import { roleSchema, type Role, type TokenKeys } from '@spectra/schemas';
import { createMetrics, systemClock, type Clock } from '@spectra/service-kit';
import { ownNats, silentLogger, testDatabase } from '@spectra/testkit';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { createGateway, type GatewayOptions } from '../src/app.ts';
import { createPasswordHasher } from '../src/identity/password-hasher.ts';
import { newTokenKeys } from '../src/identity/token-keys.ts';
import { createPlatformHealth } from '../src/platform-health.ts';
import { organisations, users } from '../src/store/tables.ts';
import { holdingsOf, serveDoubles, type Services } from './services.ts';

/** Password of every user in the tests. */
export const testPassword = 'Quiet-Ion-Beam-27';

export type TestOrganisation = { orgId: string; userIds: Record<Role, string>; emails: Record<Role, string> };

export type GatewayFixture = {
  app: FastifyInstance;
  routes: readonly HttpRoute[];
  database: Database;
  adminUrl: string;
  services: Services;
  objectStore: ObjectStore;
  tokenKeys: TokenKeys;
  natsUrl: string;
  /** Two organisations, each with one user per role, a run and a tool per process. */
  own: TestOrganisation;
  other: TestOrganisation;
  stopNats(): Promise<void>;
  signIn(organisation: TestOrganisation, role: Role): Promise<{ access: string; refresh: string }>;
  close(): Promise<void>;
};

/** The whole gateway before real Postgres and real NATS; the services behind it are small doubles. */
export async function gatewayFixture(
  change: Partial<GatewayOptions> & { clock?: Clock } = {},
): Promise<GatewayFixture> {
  const logger = silentLogger();
  const prepared = await testDatabase([
    { schema: 'gateway', migrationsFolder: join(import.meta.dirname, '../migrations') },
  ]);
  const nats = await ownNats();
  const messaging = await connectMessaging({ url: nats.url, name: 'gateway', logger });
  const behind = await connectMessaging({ url: nats.url, name: 'services', logger });
  const services = serveDoubles(behind);
  await behind.connection.flush();
  const folder = await mkdtemp(join(tmpdir(), 'spectra-artifacts-'));
  const objectStore = localObjectStore({ folder, secret: 's'.repeat(32), baseUrl: 'http://127.0.0.1:8003' });
  const database = prepared.open('gateway');
  const hasher = await createPasswordHasher({ concurrent: 2, waitingMax: 100 });
  const passwordHash = await hasher.hash(testPassword);
  const tokenKeys = newTokenKeys();
  const clock = change.clock ?? systemClock;
  const { app, routes } = await createGateway({
    ...createPlatformHealth({ database, messaging, clock, version: 'test' }),
    database,
    messaging,
    objectStore,
    hasher,
    tokenKeys,
    clock,
    logger,
    registry: createMetrics(),
    version: 'test',
    publicUrl: 'http://127.0.0.1:8003',
    hubUrl: 'http://127.0.0.1:1',
    corsOrigins: [],
    accessLifetimeS: 900,
    requestsPerMinute: { read: 100_000, create: 100_000, login: 100_000 },
    ...change,
  });
  const own = await addOrganisation(database, 'own', passwordHash);
  const other = await addOrganisation(database, 'other', passwordHash);
  services.holdings.set(
    own.orgId,
    holdingsOf(own.orgId, {
      ion: 'ION-20260101-0A1B2C3D',
      rtp: 'RTP-20260101-0A1B2C3D',
      tools: ['IMP-01', 'RTP-01'],
    }),
  );
  services.holdings.set(
    other.orgId,
    holdingsOf(other.orgId, {
      ion: 'ION-20260101-FFFFFFFF',
      rtp: 'RTP-20260101-FFFFFFFF',
      tools: ['IMP-99', 'RTP-99'],
    }),
  );
  return {
    app,
    routes,
    database,
    adminUrl: prepared.adminUrl,
    services,
    objectStore,
    tokenKeys,
    natsUrl: nats.url,
    own,
    other,
    stopNats: () => nats.stop(),
    async signIn(organisation, role) {
      const answer = await app.inject(loginOf(organisation.emails[role], testPassword));
      if (answer.statusCode !== 200) throw new Error(`sign-in failed: ${answer.body}`);
      const { access_token: access, refresh_token: refresh } = answer.json();
      return { access, refresh };
    },
    async close() {
      await app.close();
      await Promise.all([messaging.close(), behind.close()]);
      await nats.close();
      await prepared.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The request that signs in. */
export function loginOf(email: string, password: string): InjectOptions {
  return { method: 'POST', url: '/api/auth/login', payload: { email, password } };
}

/** The header of an access token or an API key. */
export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

async function addOrganisation(
  database: Database,
  name: string,
  passwordHash: string,
): Promise<TestOrganisation> {
  const orgId = randomUUID();
  const people = roleSchema.options.map((role) => ({
    role,
    userId: randomUUID(),
    email: `${role}.${orgId.slice(0, 8)}@fab.example`,
  }));
  await database.withOrg(orgId, async (tx) => {
    await tx.insert(organisations).values({ orgId, name });
    await tx.insert(users).values(people.map((person) => ({ ...person, orgId, name: 'Test', passwordHash })));
  });
  const byRole = (pick: (person: (typeof people)[number]) => string) =>
    Object.fromEntries(people.map((person) => [person.role, pick(person)])) as Record<Role, string>;
  return {
    orgId,
    userIds: byRole((person) => person.userId),
    emails: byRole((person) => person.email),
  };
}
