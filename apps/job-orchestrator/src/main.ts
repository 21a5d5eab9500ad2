import { randomInt, randomUUIDv7 } from 'node:crypto';
import { isDatabaseAway, openDatabase } from '@spectra/database';
import { connectMessaging } from '@spectra/messaging';
import { keyOfUri, measuredObjectStore, objectStoreFromSettings } from '@spectra/object-store';
import {
  createLogger,
  createMetrics,
  readSettings,
  runService,
  startAdminServer,
  systemClock,
} from '@spectra/service-kit';
import { createOrchestrator } from './app.ts';
import { createArtifactReconciler } from './artifact-reconciler.ts';
import { orchestratorSettings, reconcileSettings, settingsSchema } from './settings.ts';

const read = readSettings(settingsSchema, process.env);
const logger = createLogger({ service: 'job-orchestrator', level: read.LOG_LEVEL });
const registry = createMetrics();
const database = openDatabase({
  appUrl: read.DATABASE_APP_URL,
  systemUrl: read.DATABASE_SYSTEM_URL,
  plansByIndex: true,
  logger,
});
const messaging = await connectMessaging({
  url: read.NATS_URL,
  name: 'job-orchestrator',
  logger,
  isAway: isDatabaseAway,
});
const objectStore = measuredObjectStore(objectStoreFromSettings(read), registry);
const orchestrator = createOrchestrator(
  {
    database,
    messaging,
    clock: systemClock,
    logger,
    chance: () => randomInt(2 ** 32) / 2 ** 32,
    newId: () => randomUUIDv7(),
    settings: orchestratorSettings(read),
    dropFile: (uri) => objectStore.delete(keyOfUri(uri)),
  },
  registry,
);

await runService({
  name: 'job-orchestrator',
  logger,
  tracesEndpoint: read.OTEL_EXPORTER_OTLP_ENDPOINT,
  parts: [
    { name: 'database', start: async () => {}, stop: () => database.close() },
    { name: 'messaging', start: () => messaging.ensureStreams(), stop: () => messaging.close() },
    ...orchestrator.parts,
    createArtifactReconciler({
      database,
      objectStore,
      clock: systemClock,
      logger,
      registry,
      newId: () => randomUUIDv7(),
      settings: reconcileSettings(read),
    }),
    startAdminServer({ port: read.ADMIN_PORT, health: orchestrator.health, registry }),
  ],
});
