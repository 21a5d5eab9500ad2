import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startPostgres } from '@spectra/local-servers';
import { connectMessaging } from '@spectra/messaging';
import { createLogger } from '@spectra/service-kit';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { startJobServers, startRedis, type JobServers } from './job-servers.ts';
import { benchCaller, createNoop } from './spectra-peer.ts';

const inFlight = 50;
const queueName = 'cut';

/**
 * What each queue loses of the jobs that it had acknowledged when the power goes, at a random moment under load. Redis
 * is killed and its file cut back to the size at the last change of the second, the moment at which `everysec` begins
 * to synchronise it; everything that Redis wrote later would be in the page cache alone. Postgres writes its log with
 * O_DSYNC here (`wal_sync_method=open_datasync`), so that nothing of it is in the page cache alone when it is killed;
 * what it had not written of its tables comes back from that log. pg-boss and graphile-worker stand on the same Postgres.
 */
export async function tellPowerCuts(cuts: number): Promise<void> {
  if (cuts === 0) return;
  console.log('\npower cuts under load: acknowledged jobs, and how many of them are lost');
  for (let cut = 1; cut <= cuts; cut += 1) {
    const servers = await startJobServers(inFlight, { wal_sync_method: 'open_datasync' });
    try {
      tell('SPECTRA', await cutPostgres(servers));
      if (servers.redis !== null) tell('BullMQ', await cutRedis(servers, servers.redis));
    } finally {
      await servers.stop();
    }
  }
}

type Loss = { acknowledged: number; lost: number };

function tell(name: string, { acknowledged, lost }: Loss): void {
  console.log(`  ${name.padEnd(10)} ${String(acknowledged).padStart(6)} acknowledged   ${lost} lost`);
}

async function cutPostgres(servers: JobServers): Promise<Loss> {
  const logger = createLogger({ service: 'bench', level: 'fatal' });
  const messaging = await connectMessaging({ url: servers.nats.url, name: 'bench-cut', logger });
  const load = startLoad((message) => createNoop(messaging, benchCaller, message));
  await wait(randomMoment());
  servers.postgres.kill();
  servers.orchestrator.kill('SIGKILL');
  const acknowledged = load.stop();
  await messaging.close();
  await servers.postgres.exited;
  const again = await startPostgres({
    folder: join(servers.folder, 'postgres'),
    port: Number(new URL(servers.postgres.adminUrl).port),
    adminPassword: servers.adminPassword,
  });
  const url = new URL(again.adminUrl);
  url.pathname = '/spectra';
  const admin = new Client({ connectionString: url.href });
  await admin.connect();
  const found = await admin.query(
    'select count(*)::int as jobs from orchestrator.jobs where job_id = any($1::uuid[])',
    [acknowledged],
  );
  await admin.end();
  await again.stop();
  return { acknowledged: acknowledged.length, lost: acknowledged.length - found.rows[0].jobs };
}

async function cutRedis(
  { folder, addresses }: JobServers,
  redis: NonNullable<JobServers['redis']>,
): Promise<Loss> {
  const { redisPort } = addresses.bullmq;
  const connection = connect(redisPort);
  const queue = new Queue(queueName, { connection });
  queue.on('error', () => undefined);
  await queue.waitUntilReady();
  const size = followFileSize(join(folder, 'redis/appendonlydir'));
  const load = startLoad(async (message) => (await queue.add('noop', { message })).id ?? '');
  await wait(randomMoment());
  redis.kill();
  const acknowledged = load.stop();
  const { file, syncedBytes } = await size.stop();
  connection.disconnect();
  await redis.exited;
  await truncate(file, syncedBytes);
  const again = await startRedis(join(folder, 'redis'), redisPort);
  const reader = connect(redisPort);
  const found = await Promise.all(acknowledged.map((id) => reader.exists(`bull:${queueName}:${id}`)));
  reader.disconnect();
  again?.kill();
  return { acknowledged: acknowledged.length, lost: found.filter((there) => there === 0).length };
}

/** Long enough to have passed a change of the second, and anywhere within the next. */
function randomMoment(): number {
  return 1500 + Math.random() * 1000;
}

function connect(port: number): Redis {
  const connection = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null });
  connection.on('error', () => undefined);
  return connection;
}

/** Enqueues without pause; `stop` answers the ids of all that were acknowledged so far. */
function startLoad(enqueue: (message: string) => Promise<string>): { stop(): string[] } {
  const acknowledged: string[] = [];
  const state = { stopped: false };
  const go = async (): Promise<void> => {
    while (!state.stopped) {
      const id = await enqueue('0');
      if (!state.stopped) acknowledged.push(id);
    }
  };
  // The cut ends each of them with an error.
  for (let started = 0; started < inFlight; started += 1) void go().catch(() => undefined);
  return {
    stop: () => {
      state.stopped = true;
      return acknowledged;
    },
  };
}

/** Notes the size of the append-only file at each change of the second. */
function followFileSize(folder: string): { stop(): Promise<{ file: string; syncedBytes: number }> } {
  const state = { stopped: false };
  const following = (async () => {
    const names = await readdir(folder);
    const file = join(folder, names.find((name) => name.endsWith('.incr.aof')) ?? '');
    let syncedBytes = 0;
    let second = Math.floor(Date.now() / 1000);
    while (!state.stopped) {
      const now = Math.floor(Date.now() / 1000);
      if (now !== second) {
        second = now;
        syncedBytes = (await stat(file)).size;
      }
      await wait(1);
    }
    return { file, syncedBytes };
  })();
  return {
    stop: () => {
      state.stopped = true;
      return following;
    },
  };
}
