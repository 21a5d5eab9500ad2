import { fork, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { prepareDatabase, type SchemaUrls } from '@spectra/database';
import { freePort, natsProgramForTests, startNats, startPostgres } from '@spectra/local-servers';
import { connectMessaging } from '@spectra/messaging';
import type { Bootstrap, TokenKeys } from '@spectra/schemas';
import { createLogger } from '@spectra/service-kit';
import { seedIonTool } from './seed-ion-tool.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readyWithinMs = 30_000;

/** Gateway, ion service and orchestrator as their own processes on durable Postgres and NATS, and the peer. */
export type CreateRunPlatform = {
  base: string;
  bareUrl: string;
  accessToken: string;
  /** Processes by name: what answers a request to the platform, and what answers one to the peer. */
  pids: { platform: Record<string, number>; bare: Record<string, number> };
  stop(): Promise<void>;
};

/** Starts everything; no run is ever dispatched, so only the path that creates runs is measured. */
export async function startCreateRunPlatform(): Promise<CreateRunPlatform> {
  const folder = await mkdtemp(join(tmpdir(), 'spectra-create-run-'));
  await chmod(folder, 0o711);
  const [postgres, nats] = await Promise.all([
    startPostgres({
      folder: join(folder, 'postgres'),
      port: await freePort(),
      adminPassword: randomBytes(24).toString('base64url'),
    }),
    startNats({
      program: natsProgramForTests(process.env),
      folder: join(folder, 'nats'),
      port: await freePort(),
    }),
  ]);
  const urls = await prepareDatabase({
    adminUrl: postgres.adminUrl,
    database: 'spectra',
    owners: [
      { schema: 'gateway', migrationsFolder: join(root, 'apps/gateway/migrations') },
      { schema: 'orchestrator', migrationsFolder: join(root, 'apps/job-orchestrator/migrations') },
      { schema: 'ion', migrationsFolder: join(root, 'packages/platform/process-host/migrations') },
    ],
  });
  await makeStreams(nats.url);
  const { keys, accounts, keysFile, bootstrapFile } = await writeFiles(folder);
  const [gatewayPort, barePort] = [await freePort(), await freePort()];
  const bare = fork(fileURLToPath(new URL('bare-server.ts', import.meta.url)));
  const bareReady = new Promise((resolve) => bare.once('message', resolve));
  bare.send({ keys, natsUrl: nats.url, databaseUrl: postgres.adminUrl, port: barePort });
  const apps = await startApps({ folder, urls, natsUrl: nats.url, gatewayPort, keysFile, bootstrapFile });
  await bareReady;
  const base = `http://127.0.0.1:${gatewayPort}`;
  await untilHealthy(base);
  const accessToken = await seedIonTool(base, accounts);
  const servers = { postgres: postgres.pid, nats: nats.pid };
  return {
    base,
    bareUrl: `http://127.0.0.1:${barePort}/runs`,
    accessToken,
    pids: {
      platform: { ...pidsOf(apps), ...servers },
      bare: { handler: bare.pid ?? -1, ...servers },
    },
    async stop() {
      for (const service of [...Object.values(apps), bare]) service.kill('SIGKILL');
      await Promise.all([postgres.stop(), nats.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startApps(at: {
  folder: string;
  urls: Record<'gateway' | 'orchestrator' | 'ion', SchemaUrls>;
  natsUrl: string;
  gatewayPort: number;
  keysFile: string;
  bootstrapFile: string;
}): Promise<Record<'orchestrator' | 'ion-service' | 'gateway', ChildProcess>> {
  const { folder, urls, gatewayPort, keysFile, bootstrapFile } = at;
  const environment = async (of: SchemaUrls): Promise<Record<string, string>> => ({
    LOG_LEVEL: 'warn',
    NATS_URL: at.natsUrl,
    DATABASE_APP_URL: of.appUrl,
    DATABASE_SYSTEM_URL: of.systemUrl,
    ADMIN_PORT: String(await freePort()),
    OBJECT_STORE_FOLDER: join(folder, 'objects'),
    OBJECT_STORE_SECRET: 's'.repeat(32),
    OBJECT_STORE_BASE_URL: `http://127.0.0.1:${gatewayPort}`,
  });
  return {
    orchestrator: startApp('job-orchestrator', {
      ...(await environment(urls.orchestrator)),
      QUEUE_LIMITS: 'ion=0',
    }),
    'ion-service': startApp('ion-service', await environment(urls.ion)),
    gateway: startApp('gateway', {
      ...(await environment(urls.gateway)),
      HTTP_PORT: String(gatewayPort),
      PUBLIC_URL: `http://127.0.0.1:${gatewayPort}`,
      TOKEN_KEYS_FILE: keysFile,
      BOOTSTRAP_FILE: bootstrapFile,
      CREATE_REQUESTS_PER_MINUTE: '1000000',
      READ_REQUESTS_PER_MINUTE: '1000000',
    }),
  };
}

function pidsOf(apps: Readonly<Record<string, ChildProcess>>): Record<string, number> {
  return Object.fromEntries(Object.entries(apps).map(([name, { pid }]) => [name, pid ?? -1]));
}

async function makeStreams(url: string): Promise<void> {
  const logger = createLogger({ service: 'bench', level: 'error' });
  const messaging = await connectMessaging({ url, name: 'bench', logger });
  await messaging.ensureStreams();
  await messaging.close();
}

function startApp(name: string, environment: Record<string, string>): ChildProcess {
  return fork(join(root, 'apps', name, 'src/main.ts'), { env: { ...process.env, ...environment } });
}

async function writeFiles(folder: string) {
  const pair = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const keys: TokenKeys = {
    issuer: 'spectra',
    audience: 'spectra-api',
    keys: [{ kid: 'bench', private_pem: pair.privateKey, public_pem: pair.publicKey }],
  };
  const password = randomBytes(18).toString('base64url');
  const person = (role: 'admin' | 'engineer') => ({
    email: `${role}@bench.example`,
    name: role,
    role,
    password,
  });
  const accounts: Bootstrap = {
    organisation: { org_id: randomUUID(), name: 'Bench' },
    users: [person('admin'), person('engineer')],
  };
  const [keysFile, bootstrapFile] = [join(folder, 'keys.json'), join(folder, 'bootstrap.json')];
  await writeFile(keysFile, JSON.stringify(keys));
  await writeFile(bootstrapFile, JSON.stringify(accounts));
  return { keys, accounts, keysFile, bootstrapFile };
}

async function untilHealthy(base: string): Promise<void> {
  const deadlineMs = performance.now() + readyWithinMs;
  for (;;) {
    const health = await fetch(`${base}/health`).then(
      async (answer) => (await answer.json()) as { dependencies: Record<string, { status: string }> },
      () => null,
    );
    const needed = ['postgres', 'nats', 'jobs', 'ion'];
    if (needed.every((name) => health?.dependencies[name]?.status === 'healthy')) return;
    if (performance.now() > deadlineMs) throw new Error(`not ready: ${JSON.stringify(health)}`);
    await wait(200);
  }
}
