import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SchemaUrls } from '@spectra/database';
import type { ServiceName } from './service-process.ts';

/** One organisation of the campaign. */
export interface Organisation {
  readonly orgId: string;
  readonly domain: string;
  readonly tools: readonly { readonly process: 'ion' | 'rtp'; readonly id: string }[];
}

/** Accounts of every organisation: a role's name is the local part of its address. */
export const password = 'Correct-Horse-7-Battery';
const roles = ['admin', 'engineer'] as const;

/** Three organisations that share twenty tools, none with another. */
export const organisations: readonly Organisation[] = [
  { orgId: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', domain: 'alpha.example', tools: tools(4, 3) },
  { orgId: 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb', domain: 'beta.example', tools: tools(4, 3) },
  { orgId: 'cccccccc-cccc-4ccc-8ccc-cccccccccccc', domain: 'gamma.example', tools: tools(3, 3) },
];

/** How a platform differs from the usual one of a campaign. */
export interface PlatformPlan {
  readonly leaseTtlMs: number;
  /** `s3` needs a server that this machine has installed; without one it is `local`. */
  readonly objectStore: 'local' | 's3';
}

/** Shorter than in production, so that a round takes seconds. */
export const leaseTtlMs = 5_000;
export const usualPlan: PlatformPlan = { leaseTtlMs, objectStore: 'local' };

/** What a worker keeps of files that cannot be uploaded. */
export const spoolMbMax = 100;

/** Jobs of a queue that are in hand at a time. */
const slots = 12;

/** Where the services of a campaign find everything. */
export interface Places {
  /** Name of the process: two of the same app share no folder. */
  readonly name: string;
  readonly folder: string;
  readonly databaseUrls: Readonly<Record<string, SchemaUrls>>;
  readonly natsPort: number;
  readonly databasePort: number;
  readonly toolPort: number;
  readonly httpPort: number;
  readonly publicPort: number;
  readonly hubPort: number;
  readonly adminPort: number;
  readonly abortPort: number;
  readonly leaseTtlMs: number;
  /** Settings of the object store; it is the local folder when there are none. */
  readonly objectStore: Readonly<Record<string, string>>;
}

const schemaOf: Record<Exclude<ServiceName, 'tool-simulator'>, string> = {
  gateway: 'gateway',
  'job-orchestrator': 'orchestrator',
  'telemetry-hub': 'telemetry',
  'ion-service': 'ion',
  'rtp-service': 'rtp',
};

/** The settings of one service, with its own lines to the servers. */
export function environmentOf(service: ServiceName, places: Places): Record<string, string> {
  const { folder } = places;
  const common = {
    PATH: process.env['PATH'] ?? '',
    LOG_LEVEL: 'info',
    ADMIN_PORT: `${places.adminPort}`,
    NATS_URL: `nats://127.0.0.1:${places.natsPort}`,
    TOKEN_KEYS_FILE: tokenKeysFile(folder),
    OBJECT_STORE: 'local',
    OBJECT_STORE_FOLDER: join(folder, 'objects'),
    OBJECT_STORE_SECRET: 'x'.repeat(40),
    OBJECT_STORE_BASE_URL: `http://127.0.0.1:${places.publicPort}`,
    ...places.objectStore,
  };
  if (service === 'tool-simulator') {
    return { ...common, TOOL_LINK_PORT: `${places.toolPort}`, TOOL_JOURNAL_FOLDER: join(folder, 'journals') };
  }
  const urls = places.databaseUrls[schemaOf[service]];
  if (urls === undefined) throw new Error(`${service} has no schema`);
  const connected = {
    ...common,
    DATABASE_APP_URL: through(urls.appUrl, places.databasePort),
    DATABASE_SYSTEM_URL: through(urls.systemUrl, places.databasePort),
  };
  return { ...connected, ...ownSettings(service, places) };
}

function ownSettings(service: ServiceName, places: Places): Record<string, string> {
  switch (service) {
    case 'gateway':
      return {
        HTTP_PORT: `${places.httpPort}`,
        HUB_URL: `http://127.0.0.1:${places.hubPort}`,
        BOOTSTRAP_FILE: bootstrapFile(places.folder),
        PUBLIC_URL: `http://127.0.0.1:${places.publicPort}`,
        ACCESS_TOKEN_MINUTES: '1440',
        CREATE_REQUESTS_PER_MINUTE: '1000000',
        READ_REQUESTS_PER_MINUTE: '1000000',
        LOGIN_REQUESTS_PER_MINUTE: '10000',
      };
    case 'job-orchestrator':
      return {
        RETRY_BASE_S: '0.5',
        RETRY_CAP_S: '3',
        LEASE_TTL_S: `${places.leaseTtlMs / 1000}`,
        // All twenty tools may be at work at a time.
        QUEUE_LIMITS: `ion=${slots},rtp=${slots}`,
        QUEUE_LIMIT_OTHER: `${slots}`,
        ORGANISATION_LIMIT: `${2 * slots}`,
      };
    case 'telemetry-hub':
      return { HTTP_PORT: `${places.hubPort}` };
    case 'ion-service':
    case 'rtp-service':
      return {
        TOOL_LINK_PORT: `${places.toolPort}`,
        TOOL_THREADS: '1',
        WORKER_SLOTS: `${slots}`,
        TOOL_SLOTS: '4',
        ABORT_PORT: `${places.abortPort}`,
        UPLOAD_SPOOL_MB: `${spoolMbMax}`,
        UPLOAD_SPOOL_FOLDER: join(places.folder, 'spool', places.name),
      };
    case 'tool-simulator':
      return {};
    default:
      return service satisfies never;
  }
}

function through(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = `${port}`;
  return changed.href;
}

function tools(implanters: number, chambers: number): Organisation['tools'] {
  const named = (process: 'ion' | 'rtp', prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ process, id: `${prefix}-0${index + 1}` }));
  return [...named('ion', 'IMP', implanters), ...named('rtp', 'RTP', chambers)];
}

function tokenKeysFile(folder: string): string {
  const file = join(folder, 'token-keys.json');
  if (existsSync(file)) return file;
  const pair = generateKeyPairSync('ed25519');
  const key = {
    kid: randomBytes(6).toString('hex'),
    private_pem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    public_pem: pair.publicKey.export({ type: 'spki', format: 'pem' }),
  };
  writeFileSync(file, JSON.stringify({ issuer: 'spectra', audience: 'spectra-api', keys: [key] }), {
    mode: 0o600,
  });
  return file;
}

function bootstrapFile(folder: string): string {
  const file = join(folder, 'bootstrap.json');
  if (existsSync(file)) return file;
  const content = organisations.map(({ orgId, domain }) => ({
    organisation: { org_id: orgId, name: domain },
    users: roles.map((role) => ({ email: `${role}@${domain}`, name: role, role, password })),
  }));
  writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
  return file;
}
