import { isDatabaseAway, openDatabase } from '@spectra/database';
import { connectMessaging } from '@spectra/messaging';
import { measuredObjectStore, objectStoreFromSettings } from '@spectra/object-store';
import { healthRpc, type ServiceHealth } from '@spectra/schemas';
import {
  createLogger,
  createMetrics,
  readSettings,
  replacedSettings,
  runService,
  startAdminServer,
  systemClock,
  type Logger,
  type Part,
  type Registry,
} from '@spectra/service-kit';
import packageFacts from '../package.json' with { type: 'json' };
import { createGateway } from './app.ts';
import { createPasswordHasher } from './identity/password-hasher.ts';
import { seedBootstrap } from './identity/seed-bootstrap.ts';
import { loadTokenKeys } from './identity/token-keys.ts';
import { createPlatformHealth } from './platform-health.ts';
import { accessLifetimeS, gatewaySettings, type GatewaySettings } from './settings.ts';

/** Each hash takes 19 MiB and a core for some tens of milliseconds. */
const hashing = { concurrent: 2, waitingMax: 50 };

type Readiness = { current: () => Promise<ServiceHealth> };

const { version } = packageFacts;
const settings = readSettings(gatewaySettings, process.env);
const logger = createLogger({ service: 'gateway', level: settings.LOG_LEVEL });
for (const warning of replacedSettings(process.env)) logger.warn(warning);
const registry = createMetrics();
const readiness: Readiness = { current: async () => notYetReady() };

await runService({
  name: 'gateway',
  logger,
  tracesEndpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
  parts: [
    // First, so that a probe hears something while NATS or Postgres are still away.
    startAdminServer({ port: settings.ADMIN_PORT, health: () => readiness.current(), registry }),
    httpPart({ settings, logger, registry, readiness }),
  ],
});

function notYetReady(): ServiceHealth {
  const starting = { status: 'unhealthy', detail: 'starting' } as const;
  return {
    service: 'gateway',
    status: 'unhealthy',
    version,
    uptime_s: process.uptime(),
    dependencies: { start: starting },
  };
}

/** The HTTP door with all that stands behind it; what it opened is closed again in reverse order. */
function httpPart(options: {
  settings: GatewaySettings;
  logger: Logger;
  registry: Registry;
  readiness: Readiness;
}): Part {
  const closing: (() => Promise<unknown>)[] = [];
  return {
    name: 'http',
    async start() {
      closing.push(...(await open(options)));
    },
    async stop() {
      for (const close of closing.splice(0).toReversed()) await close();
    },
  };
}

async function open(options: {
  settings: GatewaySettings;
  logger: Logger;
  registry: Registry;
  readiness: Readiness;
}): Promise<(() => Promise<unknown>)[]> {
  const { settings, logger, registry } = options;
  const database = openDatabase({
    appUrl: settings.DATABASE_APP_URL,
    systemUrl: settings.DATABASE_SYSTEM_URL,
    maxConnections: settings.DATABASE_CONNECTIONS,
    logger,
  });
  const messaging = await connectMessaging({
    url: settings.NATS_URL,
    name: 'gateway',
    logger,
    isAway: isDatabaseAway,
  });
  const hasher = await createPasswordHasher(hashing);
  if (settings.BOOTSTRAP_FILE !== undefined) {
    await seedBootstrap({ file: settings.BOOTSTRAP_FILE, database, hasher, logger });
  }
  const health = createPlatformHealth({ database, messaging, clock: systemClock, version });
  messaging.serve('gateway', healthRpc, async () => ({ ok: true, value: await health.readiness() }));
  const { app } = await createGateway({
    ...health,
    database,
    messaging,
    hasher,
    objectStore: measuredObjectStore(objectStoreFromSettings(settings), registry),
    tokenKeys: await loadTokenKeys(settings.TOKEN_KEYS_FILE),
    clock: systemClock,
    logger,
    registry,
    version,
    publicUrl: settings.PUBLIC_URL.replace(/\/$/, ''),
    hubUrl: settings.HUB_URL,
    corsOrigins: settings.CORS_ORIGINS,
    trustedProxies: settings.TRUSTED_PROXIES,
    accessLifetimeS: accessLifetimeS(settings),
    requestsPerMinute: {
      create: settings.CREATE_REQUESTS_PER_MINUTE,
      read: settings.READ_REQUESTS_PER_MINUTE,
      login: settings.LOGIN_REQUESTS_PER_MINUTE,
    },
  });
  await app.listen({ host: settings.HTTP_HOST, port: settings.HTTP_PORT });
  options.readiness.current = health.readiness;
  return [() => database.close(), () => messaging.close(), () => app.close()];
}
