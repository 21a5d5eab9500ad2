import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID, sign } from 'node:crypto';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareDatabase } from '@spectra/database';
import { askTestServer, freePort, natsProgramForTests, offerTestServers } from '@spectra/local-servers';
import { connectMessaging, type Messaging } from '@spectra/messaging';
import {
  accept,
  jobsRpc,
  runSubject,
  tokenTypes,
  type RunRecord,
  type TelemetryBatch,
} from '@spectra/schemas';
import { createLogger } from '@spectra/service-kit';

const hubFolder = fileURLToPath(new URL('../../apps/telemetry-hub', import.meta.url));
const run = { orgId: randomUUID(), process: 'ion', runId: 'ION-20260101-BENCH000' };

/** The real hub as its own process, on real NATS and Postgres, with one run to watch. */
export type HubUnderLoad = {
  url: string;
  headers: Record<string, string>;
  publish(batch: TelemetryBatch): Promise<void>;
  cpuS(): Promise<number>;
  residentBytes(): Promise<number>;
  stop(): Promise<void>;
};

/** Starts servers and hub; the bench plays the publisher and the orchestrator. */
export async function startHubUnderLoad(viewers: number): Promise<HubUnderLoad> {
  const servers = await offerTestServers({
    databaseUrl: process.env['DATABASE_URL'],
    natsProgram: natsProgramForTests(process.env),
  });
  const natsUrl = await askTestServer(servers.brokerUrl, 'nats');
  const { telemetry } = await prepareDatabase({
    adminUrl: await askTestServer(servers.brokerUrl, 'postgres'),
    database: `bench_${randomUUID().slice(0, 8)}`,
    owners: [{ schema: 'telemetry', migrationsFolder: join(hubFolder, 'migrations') }],
    roleSecret: 'bench',
  });
  const messaging = await connectMessaging({
    url: natsUrl,
    name: 'bench',
    logger: createLogger({ service: 'bench', level: 'error' }),
  });
  await messaging.ensureStreams();
  messaging.serve('jobs', jobsRpc.getRun, async () => accept(runRecord()));
  const keys = await writeKeys();
  const [port, adminPort] = [await freePort(), await freePort()];
  const hub = await startHub({
    NATS_URL: natsUrl,
    DATABASE_APP_URL: telemetry.appUrl,
    DATABASE_SYSTEM_URL: telemetry.systemUrl,
    TOKEN_KEYS_FILE: keys.file,
    HTTP_PORT: String(port),
    ADMIN_PORT: String(adminPort),
    VIEWERS_MAX: String(viewers + 10),
    VIEWERS_PER_USER_MAX: String(viewers + 10),
    LOG_LEVEL: 'info',
  });
  const metric = (name: string) => readMetric(`http://127.0.0.1:${adminPort}/metrics`, name);
  return {
    url: `ws://127.0.0.1:${port}/api/ion/stream/${run.runId}?from=latest`,
    headers: { authorization: `Bearer ${keys.token}` },
    publish: (batch) => publish(messaging, batch),
    cpuS: () => metric('process_cpu_seconds_total'),
    residentBytes: () => metric('process_resident_memory_bytes'),
    async stop() {
      hub.kill('SIGTERM');
      await new Promise((resolve) => hub.once('exit', resolve));
      await messaging.close();
      await servers.stop();
      await rm(keys.folder, { recursive: true, force: true });
    },
  };
}

async function publish(messaging: Messaging, batch: TelemetryBatch): Promise<void> {
  const text = JSON.stringify({ ...batch, run_id: run.runId });
  await messaging.publish(runSubject(run, 'telemetry'), text, { messageId: randomUUID() });
}

async function startHub(settings: Record<string, string>): Promise<ChildProcess> {
  const hub = fork(join(hubFolder, 'src/main.ts'), { env: { ...process.env, ...settings }, silent: true });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    hub.stdout?.on('data', (chunk: unknown) => {
      log += String(chunk);
      if (log.includes('telemetry-hub started')) resolve();
    });
    hub.once('exit', () => reject(new Error(`the hub did not start:\n${log}`)));
  });
  return hub;
}

async function readMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(url)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

async function writeKeys(): Promise<{ file: string; folder: string; token: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = { format: 'pem' } as const;
  const key = {
    kid: 'bench',
    private_pem: 'not read by the hub',
    public_pem: publicKey.export({ type: 'spki', ...pem }),
  };
  const folder = await mkdtemp(join(tmpdir(), 'spectra-bench-'));
  const file = join(folder, 'token-keys.json');
  await writeFile(file, JSON.stringify({ issuer: 'spectra', audience: 'spectra-api', keys: [key] }));
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'spectra',
    aud: 'spectra-api',
    sub: 'bench',
    jti: randomUUID(),
    iat,
    exp: iat + 3600,
  };
  const parts = [
    { alg: 'EdDSA', typ: tokenTypes.access, kid: key.kid },
    { ...claims, org: run.orgId, role: 'engineer', tv: 0 },
  ];
  const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const token = `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
  return { file, folder, token };
}

function runRecord(): RunRecord {
  const absent = {
    eta_s: null,
    lot_id: null,
    comments: null,
    equipment_id: null,
    sop_id: null,
    recipe_id: null,
    recipe_version: null,
    source_run_id: null,
    started_at: null,
    completed_at: null,
    duration_seconds: null,
    error_message: null,
    error_code: null,
    held_reason: null,
    outcome: null,
    logs_uri: null,
  };
  return {
    ...absent,
    run_id: run.runId,
    job_id: randomUUID(),
    org_id: run.orgId,
    process: run.process,
    // Not running: the bench measures telemetry, not repeated progress.
    status: 'queued',
    cancel_requested: false,
    progress: 0,
    current_step: '',
    attempt: 1,
    recipe: {},
    recipe_hash: '',
    wafers: [],
    time_scale: 1,
    seed: 1,
    priority: 0,
    created_by: 'bench',
    created_at: new Date().toISOString(),
    artifacts: [],
  };
}
