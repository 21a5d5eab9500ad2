import { join } from 'node:path';
import type { SchemaUrls } from '@spectra/database';
import { filesOf, root } from './folders.ts';
import type { LauncherSettings } from './settings.ts';

/** A service to start: what to run, and the settings that it reads. */
export type ServiceSpec = {
  name: string;
  main: string;
  adminPort: number;
  environment: Readonly<Record<string, string>>;
  /** Settings that the environment of the launcher may replace. */
  defaults: Readonly<Record<string, string>>;
};

/** Owners of database schemas and where their migrations stand. */
export const schemaOwners = [
  { schema: 'gateway', migrationsFolder: join(root, 'apps/gateway/migrations') },
  { schema: 'orchestrator', migrationsFolder: join(root, 'apps/job-orchestrator/migrations') },
  { schema: 'telemetry', migrationsFolder: join(root, 'apps/telemetry-hub/migrations') },
  { schema: 'ion', migrationsFolder: join(root, 'packages/platform/process-host/migrations') },
  { schema: 'rtp', migrationsFolder: join(root, 'packages/platform/process-host/migrations') },
] as const;

/** A schema that a service owns. */
type OwnedSchema = (typeof schemaOwners)[number]['schema'];

/** What the services must know beyond the settings. */
type Foundations = {
  natsUrl: string;
  databases: Record<OwnedSchema, SchemaUrls>;
  objectStoreSecret: string;
  tokenKeysFile: string;
  bootstrapFile: string;
  codeVersion: string;
};

/** The services in the order of their start. Tools come first, the door to the world last. */
export function serviceSpecs(settings: LauncherSettings, found: Foundations): ServiceSpec[] {
  const simulator = toolSimulator(settings);
  const workers = (['ion', 'rtp'] as const).map((process) =>
    service(`${process}-service`, settings[process === 'ion' ? 'ION_ADMIN_PORT' : 'RTP_ADMIN_PORT'], {
      ...connections(settings, found, process),
      ...objectStore(settings, found),
      CODE_VERSION: found.codeVersion,
      UPLOAD_SPOOL_FOLDER: join(filesOf(settings.dataFolder).spool, `${process}-service`),
      TOOL_LINK_HOST: '127.0.0.1',
      TOOL_LINK_PORT: String(settings.SIMULATOR_PORT),
      TOKEN_KEYS_FILE: found.tokenKeysFile,
      ABORT_PORT: String(settings[process === 'ion' ? 'ION_ABORT_PORT' : 'RTP_ABORT_PORT']),
    }),
  );
  const orchestrator = service('job-orchestrator', settings.ORCHESTRATOR_ADMIN_PORT, {
    ...connections(settings, found, 'orchestrator'),
    ...objectStore(settings, found),
  });
  return [simulator, orchestrator, telemetryHub(settings, found), ...workers, gateway(settings, found)];
}

/** Where people and programs reach the platform. */
export function gatewayUrl(settings: LauncherSettings): string {
  return `http://127.0.0.1:${settings.GATEWAY_PORT}`;
}

function toolSimulator(settings: LauncherSettings): ServiceSpec {
  return service('tool-simulator', settings.SIMULATOR_ADMIN_PORT, {
    LOG_LEVEL: settings.LOG_LEVEL,
    TOOL_LINK_HOST: '127.0.0.1',
    TOOL_LINK_PORT: String(settings.SIMULATOR_PORT),
    TOOL_JOURNAL_FOLDER: filesOf(settings.dataFolder).journals,
  });
}

function telemetryHub(settings: LauncherSettings, found: Foundations): ServiceSpec {
  const origins = [gatewayUrl(settings), `http://localhost:${settings.GATEWAY_PORT}`];
  const hub = service('telemetry-hub', settings.HUB_ADMIN_PORT, {
    ...connections(settings, found, 'telemetry'),
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: String(settings.HUB_PORT),
    TOKEN_KEYS_FILE: found.tokenKeysFile,
  });
  return { ...hub, defaults: { ALLOWED_ORIGINS: origins.join(',') } };
}

function gateway(settings: LauncherSettings, found: Foundations): ServiceSpec {
  return service('gateway', settings.GATEWAY_ADMIN_PORT, {
    ...connections(settings, found, 'gateway'),
    ...objectStore(settings, found),
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: String(settings.GATEWAY_PORT),
    HUB_URL: `http://127.0.0.1:${settings.HUB_PORT}`,
    PUBLIC_URL: gatewayUrl(settings),
    TOKEN_KEYS_FILE: found.tokenKeysFile,
    BOOTSTRAP_FILE: found.bootstrapFile,
  });
}

function service(name: string, adminPort: number, environment: Record<string, string>): ServiceSpec {
  return {
    name,
    main: join(root, 'apps', name, 'src/main.ts'),
    adminPort,
    environment: { ...environment, ADMIN_PORT: String(adminPort) },
    defaults: {},
  };
}

function connections(
  settings: LauncherSettings,
  found: Foundations,
  schema: OwnedSchema,
): Record<string, string> {
  const { appUrl, systemUrl } = found.databases[schema];
  return {
    LOG_LEVEL: settings.LOG_LEVEL,
    NATS_URL: found.natsUrl,
    DATABASE_APP_URL: appUrl,
    DATABASE_SYSTEM_URL: systemUrl,
  };
}

/** The local store's place; with OBJECT_STORE=s3 in the environment the services read the S3 settings instead. */
function objectStore(settings: LauncherSettings, found: Foundations): Record<string, string> {
  return {
    OBJECT_STORE_FOLDER: filesOf(settings.dataFolder).objects,
    OBJECT_STORE_SECRET: found.objectStoreSecret,
    OBJECT_STORE_BASE_URL: gatewayUrl(settings),
  };
}
