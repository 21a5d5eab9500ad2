import { isDatabaseAway, openDatabase } from '@spectra/database';
import { connectMessaging } from '@spectra/messaging';
import {
  createLogger,
  createMetrics,
  readSettings,
  runService,
  startAdminServer,
  systemClock,
} from '@spectra/service-kit';
import packageFacts from '../package.json' with { type: 'json' };
import { readPublicTokenKeys } from '@spectra/http-kit';
import { createHub } from './hub.ts';
import { settingsSchema } from './settings.ts';

const settings = readSettings(settingsSchema, process.env);
const logger = createLogger({ service: 'telemetry-hub', level: settings.LOG_LEVEL });
const database = openDatabase({
  appUrl: settings.DATABASE_APP_URL,
  systemUrl: settings.DATABASE_SYSTEM_URL,
  logger,
});
const messaging = await connectMessaging({
  url: settings.NATS_URL,
  name: 'telemetry-hub',
  logger,
  isAway: isDatabaseAway,
});
const registry = createMetrics();
const hub = await createHub({
  settings,
  database,
  messaging,
  tokenKeys: await readPublicTokenKeys(settings.TOKEN_KEYS_FILE),
  clock: systemClock,
  logger,
  registry,
  version: packageFacts.version,
});

await runService({
  name: 'telemetry-hub',
  logger,
  tracesEndpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
  parts: [
    { name: 'database', start: async () => undefined, stop: () => database.close() },
    { name: 'messaging', start: async () => undefined, stop: () => messaging.close() },
    startAdminServer({ port: settings.ADMIN_PORT, health: hub.health, registry }),
    ...hub.parts,
  ],
});
