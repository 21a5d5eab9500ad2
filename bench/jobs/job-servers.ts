import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareDatabase, type SchemaUrls } from '@spectra/database';
import {
  freePort,
  natsProgramForTests,
  spawnServer,
  startNats,
  startPostgres,
  type NatsServer,
  type PostgresServer,
  type ServerProcess,
} from '@spectra/local-servers';
import { connectMessaging } from '@spectra/messaging';
import { healthRpc } from '@spectra/schemas';
import { createLogger } from '@spectra/service-kit';
import { Client } from 'pg';
import type { PeerServers } from './peer.ts';
import type { PeerKey } from './peers.ts';
import { redisProgram } from './redis-program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readyWithinMs = 30_000;

/** Servers as in production: fsync on, commits synchronous, streams synchronised, AOF every second. */
export type JobServers = {
  folder: string;
  adminPassword: string;
  postgres: PostgresServer;
  nats: NatsServer;
  orchestrator: ChildProcess;
  /** URLs of the orchestrator's schema. */
  schema: SchemaUrls;
  redis: ServerProcess | null;
  addresses: Record<PeerKey, PeerServers>;
  /** Sweeps the databases of all peers, as autovacuum does within a minute, and writes out what waits to be. */
  tidyUp(): Promise<void>;
  /** The processes that work for a peer, beside its client and worker. */
  pidsOf(peer: PeerKey): number[];
  stop(): Promise<void>;
};

/** Postgres as on a server of its own: room for the tables of all peers, and no checkpoint every few seconds. */
const serverSettings = { shared_buffers: '1GB', max_wal_size: '8GB' };

/** Starts everything; `slots` is how many jobs may run at a time. */
export async function startJobServers(
  slots: number,
  postgresSettings: Readonly<Record<string, string>> = {},
): Promise<JobServers> {
  const folder = await mkdtemp(join(tmpdir(), 'spectra-jobs-'));
  await chmod(folder, 0o711);
  const adminPassword = randomBytes(24).toString('base64url');
  const [postgres, nats] = await Promise.all([
    startPostgres({
      folder: join(folder, 'postgres'),
      port: await freePort(),
      adminPassword,
      settings: { ...serverSettings, ...postgresSettings },
    }),
    startNats({
      program: natsProgramForTests(process.env),
      folder: join(folder, 'nats'),
      port: await freePort(),
    }),
  ]);
  const redisPort = await freePort();
  const redis = await startRedis(join(folder, 'redis'), redisPort);
  const urls = await prepareDatabase({
    adminUrl: postgres.adminUrl,
    database: 'spectra',
    owners: [{ schema: 'orchestrator', migrationsFolder: join(root, 'apps/job-orchestrator/migrations') }],
  });
  await makeStreams(nats.url);
  const orchestrator = await startOrchestrator({ folder, natsUrl: nats.url, urls: urls.orchestrator, slots });
  await untilAnswering(nats.url);
  const at = async (database: string) => ({
    postgresUrl: await ownDatabase(postgres.adminUrl, database),
    natsUrl: nats.url,
    redisPort,
  });
  return {
    folder,
    adminPassword,
    postgres,
    nats,
    orchestrator,
    schema: urls.orchestrator,
    redis,
    addresses: {
      spectra: { postgresUrl: postgres.adminUrl, natsUrl: nats.url, redisPort },
      bullmq: { postgresUrl: postgres.adminUrl, natsUrl: nats.url, redisPort },
      'pg-boss': await at('pg_boss'),
      'graphile-worker': await at('graphile_worker'),
    },
    tidyUp: async () => {
      for (const database of ['spectra', 'pg_boss', 'graphile_worker']) {
        await runIn(urlOf(postgres.adminUrl, database), 'vacuum analyze');
      }
      await runIn(postgres.adminUrl, 'checkpoint');
    },
    pidsOf: (peer) => {
      if (peer === 'bullmq') return redis === null ? [] : [redis.pid];
      return peer === 'spectra' ? [postgres.pid, nats.pid, orchestrator.pid ?? -1] : [postgres.pid];
    },
    stop: async () => {
      orchestrator.kill('SIGKILL');
      redis?.kill();
      await Promise.all([postgres.stop(), nats.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts Redis with its append-only file synchronised every second; null when there is no Redis to be had. */
export async function startRedis(folder: string, port: number): Promise<ServerProcess | null> {
  const program = redisProgram();
  if (program === null) return null;
  await mkdir(folder, { recursive: true });
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  const durability = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction'];
  // One file from the start to the power cut, which is made in it; a rewrite would cost the peer time, too.
  const oneFile = ['--auto-aof-rewrite-percentage', '0'];
  const server = spawnServer({
    name: 'redis',
    file: program.file,
    arguments: [...settings, ...durability, ...oneFile],
    folder,
    environment: { ...process.env, ...program.environment },
    logFile: join(folder, 'redis.log'),
  });
  const deadlineMs = performance.now() + readyWithinMs;
  while (!(await listens(port))) {
    if (performance.now() > deadlineMs) throw new Error(`redis was not ready; see ${folder}/redis.log`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return server;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const tell = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => tell(true));
    socket.once('error', () => tell(false));
  });
}

async function makeStreams(url: string): Promise<void> {
  const logger = createLogger({ service: 'bench', level: 'error' });
  const messaging = await connectMessaging({ url, name: 'bench', logger });
  await messaging.ensureStreams();
  await messaging.close();
}

async function untilAnswering(url: string): Promise<void> {
  const logger = createLogger({ service: 'bench', level: 'error' });
  const messaging = await connectMessaging({ url, name: 'bench', logger });
  const deadlineMs = performance.now() + readyWithinMs;
  while (!(await messaging.call('jobs', healthRpc, { body: {} })).ok) {
    if (performance.now() > deadlineMs) throw new Error('the orchestrator was not ready');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await messaging.close();
}

async function startOrchestrator(at: {
  folder: string;
  natsUrl: string;
  urls: SchemaUrls;
  slots: number;
}): Promise<ChildProcess> {
  return fork(join(root, 'apps/job-orchestrator/src/main.ts'), {
    env: {
      ...process.env,
      LOG_LEVEL: 'warn',
      NATS_URL: at.natsUrl,
      DATABASE_APP_URL: at.urls.appUrl,
      DATABASE_SYSTEM_URL: at.urls.systemUrl,
      ADMIN_PORT: String(await freePort()),
      QUEUE_LIMITS: `general-tools=${at.slots}`,
      ORGANISATION_LIMIT: String(at.slots),
      OBJECT_STORE_FOLDER: join(at.folder, 'objects'),
      OBJECT_STORE_SECRET: 's'.repeat(32),
      OBJECT_STORE_BASE_URL: 'http://127.0.0.1:1',
    },
  });
}

async function ownDatabase(adminUrl: string, name: string): Promise<string> {
  await runIn(adminUrl, `create database ${name}`);
  return urlOf(adminUrl, name);
}

async function runIn(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}
