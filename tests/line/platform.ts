import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  createWriteStream,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@spectra/local-servers';
import { ownNats, testDatabase } from '@spectra/testkit';
import type { OwnNats } from '@spectra/testkit';
import { until } from './until.ts';

/** The six processes of the platform, by the name of their app. */
type ServiceName =
  | 'gateway'
  | 'job-orchestrator'
  | 'telemetry-hub'
  | 'ion-service'
  | 'rtp-service'
  | 'tool-simulator';

/** One line of a tool's own journal. */
export interface JournalLine {
  at: string;
  event: string;
  token: number;
  run_id: string | null;
  wafer_index: number | null;
  tool_time_s: number;
  counted?: Record<string, number>;
}

/** The whole platform on real servers and in real processes, for one test file. */
export interface Platform {
  readonly url: string;
  readonly nats: OwnNats;
  /** Where the local object store keeps its files. */
  readonly objectsFolder: string;
  /** The database as its owner sees it. */
  readonly adminUrl: string;
  start(service: ServiceName): Promise<void>;
  /** As if the machine took the process away: SIGKILL. */
  kill(service: ServiceName): Promise<void>;
  stopAll(): Promise<void>;
  startAll(): Promise<void>;
  journal(equipmentId: string): JournalLine[];
  close(): Promise<void>;
}

/** Accounts that every platform of the tests is seeded with: a role's name is the local part of its address. */
export const organisations = {
  ours: { orgId: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', domain: 'ours.example' },
  theirs: { orgId: 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb', domain: 'theirs.example' },
} as const;
export const password = 'Correct-Horse-7-Battery';

const root = fileURLToPath(new URL('../..', import.meta.url));
const startOrder: readonly ServiceName[] = [
  'tool-simulator',
  'job-orchestrator',
  'telemetry-hub',
  'ion-service',
  'rtp-service',
  'gateway',
];

/** Starts everything; `environment` is given to every service beside its own settings. */
export async function startPlatform(environment: Readonly<Record<string, string>> = {}): Promise<Platform> {
  const folder = mkdtempSync(join(tmpdir(), 'spectra-line-'));
  const processMigrations = join(root, 'packages/platform/process-host/migrations');
  const [nats, database] = await Promise.all([
    ownNats(),
    testDatabase([
      { schema: 'gateway', migrationsFolder: join(root, 'apps/gateway/migrations') },
      { schema: 'orchestrator', migrationsFolder: join(root, 'apps/job-orchestrator/migrations') },
      { schema: 'telemetry', migrationsFolder: join(root, 'apps/telemetry-hub/migrations') },
      { schema: 'ion', migrationsFolder: processMigrations },
      { schema: 'rtp', migrationsFolder: processMigrations },
    ]),
  ]);
  const environments = await serviceEnvironments({ folder, natsUrl: nats.url, databaseUrls: database.urls });
  for (const own of Object.values(environments)) Object.assign(own, environment);
  const running = new Map<ServiceName, ChildProcess>();
  const start = async (service: ServiceName) => {
    running.set(service, launch(service, environments[service], folder));
    await ready(service, environments[service], () => running.get(service)?.exitCode ?? null, folder);
  };
  const end = async (service: ServiceName, signal: NodeJS.Signals) => {
    const child = running.get(service);
    running.delete(service);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  };
  const platform: Platform = {
    url: `http://127.0.0.1:${environments.gateway['HTTP_PORT']}`,
    nats,
    objectsFolder: join(folder, 'objects'),
    adminUrl: database.adminUrl,
    start,
    kill: (service) => end(service, 'SIGKILL'),
    startAll: async () => {
      await Promise.all(startOrder.map(start));
    },
    stopAll: async () => {
      for (const service of startOrder.toReversed()) await end(service, 'SIGTERM');
    },
    journal: (equipmentId) => readJournal(join(folder, 'journals'), equipmentId),
    close: async () => {
      await Promise.all(startOrder.map((service) => end(service, 'SIGKILL')));
      await nats.close();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await platform.startAll();
  } catch (error) {
    await platform.close();
    throw error;
  }
  return platform;
}

type Environment = Record<string, string>;

async function serviceEnvironments(parts: {
  folder: string;
  natsUrl: string;
  databaseUrls: Record<string, { appUrl: string; systemUrl: string }>;
}): Promise<Record<ServiceName, Environment>> {
  const { folder, natsUrl, databaseUrls } = parts;
  const [httpPort, hubPort, toolPort, ...adminPorts] = await Promise.all(
    Array.from({ length: 9 }, () => freePort()),
  );
  const common = (schema: string | null, adminPort: number | undefined): Environment => ({
    PATH: process.env['PATH'] ?? '',
    NATS_URL: natsUrl,
    LOG_LEVEL: 'info',
    ADMIN_PORT: `${adminPort}`,
    TOOL_LINK_PORT: `${toolPort}`,
    TOKEN_KEYS_FILE: tokenKeysFile(folder),
    OBJECT_STORE: 'local',
    OBJECT_STORE_FOLDER: join(folder, 'objects'),
    OBJECT_STORE_SECRET: 'x'.repeat(40),
    OBJECT_STORE_BASE_URL: `http://127.0.0.1:${httpPort}`,
    ...(schema === null
      ? {}
      : {
          DATABASE_APP_URL: databaseUrls[schema]?.appUrl ?? '',
          DATABASE_SYSTEM_URL: databaseUrls[schema]?.systemUrl ?? '',
        }),
  });
  return {
    gateway: {
      ...common('gateway', adminPorts[0]),
      HTTP_PORT: `${httpPort}`,
      HUB_URL: `http://127.0.0.1:${hubPort}`,
      BOOTSTRAP_FILE: bootstrapFile(folder),
      PUBLIC_URL: `http://127.0.0.1:${httpPort}`,
      CREATE_REQUESTS_PER_MINUTE: '10000',
      READ_REQUESTS_PER_MINUTE: '100000',
      LOGIN_REQUESTS_PER_MINUTE: '10000',
    },
    'job-orchestrator': { ...common('orchestrator', adminPorts[1]), RETRY_BASE_S: '1', LEASE_TTL_S: '5' },
    'telemetry-hub': { ...common('telemetry', adminPorts[2]), HTTP_PORT: `${hubPort}` },
    'ion-service': common('ion', adminPorts[3]),
    'rtp-service': common('rtp', adminPorts[4]),
    'tool-simulator': { ...common(null, adminPorts[5]), TOOL_JOURNAL_FOLDER: join(folder, 'journals') },
  };
}

function tokenKeysFile(folder: string): string {
  const file = join(folder, 'token-keys.json');
  const pair = generateKeyPairSync('ed25519');
  const key = {
    kid: randomBytes(6).toString('hex'),
    private_pem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    public_pem: pair.publicKey.export({ type: 'spki', format: 'pem' }),
  };
  try {
    writeFileSync(file, JSON.stringify({ issuer: 'spectra', audience: 'spectra-api', keys: [key] }), {
      flag: 'wx',
      mode: 0o600,
    });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return file;
}

function bootstrapFile(folder: string): string {
  const file = join(folder, 'bootstrap.json');
  const { orgId, domain } = organisations.ours;
  const roles = ['admin', 'engineer', 'operator', 'viewer'] as const;
  const users = roles.map((role) => ({ email: `${role}@${domain}`, name: role, role, password }));
  writeFileSync(file, JSON.stringify({ organisation: { org_id: orgId, name: 'Ours' }, users }));
  return file;
}

function launch(service: ServiceName, environment: Environment, folder: string): ChildProcess {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', `apps/${service}/src/main.ts`],
    {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const log = createWriteStream(logFile(folder, service), { flags: 'a' });
  child.stdout?.pipe(log);
  child.stderr?.pipe(log);
  return child;
}

const logFile = (folder: string, service: ServiceName) => join(folder, `${service}.log`);

async function ready(
  service: ServiceName,
  environment: Environment,
  exitCode: () => number | null,
  folder: string,
): Promise<void> {
  await until(
    `${service} is ready`,
    async () => {
      const code = exitCode();
      if (code !== null)
        throw new Error(`${service} ended with ${code}:\n${lastLines(logFile(folder, service))}`);
      const answer = await fetch(`http://127.0.0.1:${environment['ADMIN_PORT']}/health/ready`).catch(
        () => null,
      );
      return answer?.ok;
    },
    60_000,
  );
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').split('\n').slice(-20).join('\n');
}

function readJournal(folder: string, equipmentId: string): JournalLine[] {
  if (!existsSync(folder)) return [];
  const file = readdirSync(folder).find((name) => name.endsWith(`_${equipmentId}.jsonl`));
  if (!file) return [];
  return readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalLine);
}
