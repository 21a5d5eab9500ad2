import { randomUUID } from 'node:crypto';
import { openDatabase } from '@spectra/database';
import type { Database } from '@spectra/database';
import { connectMessaging } from '@spectra/messaging';
import type { Messaging } from '@spectra/messaging';
import { objectStoreFromSettings } from '@spectra/object-store';
import type { ObjectStore } from '@spectra/object-store';
import type { ProcessDefinition, ProcessTypes } from '@spectra/run-engine';
import { accept, healthRpc } from '@spectra/schemas';
import {
  Gauge,
  createHealth,
  createLogger,
  createMetrics,
  readSettings,
  runService,
  startAdminServer,
  systemClock,
} from '@spectra/service-kit';
import type { Part } from '@spectra/service-kit';
import { serveProcess } from './serve-process.ts';
import type { ServiceContext } from './service-context.ts';
import { processServiceSettingsSchema } from './settings.ts';
import type { ProcessServiceSettings } from './settings.ts';
import { JobConsumer } from './worker/job-consumer.ts';

/**
 * A whole process service, from its settings to its stop: answers the process's abilities and drives its runs.
 * `calculators` adds what only this process can answer.
 */
export async function runProcessService<T extends ProcessTypes>(
  definition: ProcessDefinition<T>,
  environment: Readonly<Record<string, string | undefined>>,
  calculators?: (context: ServiceContext<T>) => Part,
): Promise<void> {
  const settings = readSettings(processServiceSettingsSchema, environment);
  const name = `${definition.id}-service`;
  const logger = createLogger({ service: name, level: settings.LOG_LEVEL });
  const messaging = await connectMessaging({ url: settings.NATS_URL, name, logger });
  const database = openDatabase({
    appUrl: settings.DATABASE_APP_URL,
    systemUrl: settings.DATABASE_SYSTEM_URL,
    logger,
  });
  const context = { definition, database, messaging, clock: systemClock, logger };
  const objectStore = objectStoreFromSettings(settings);
  const toolAddress = { host: settings.TOOL_LINK_HOST, port: settings.TOOL_LINK_PORT };
  const consumer = new JobConsumer(
    { ...context, objectStore, toolAddress },
    { slots: settings.WORKER_SLOTS, workerId: `${name}-${randomUUID()}` },
  );
  await runService({
    name,
    logger,
    parts: [
      connections({ messaging, database }),
      adminDoor({ definitionId: definition.id, settings, messaging, database, objectStore, consumer }),
      serveProcess(context),
      ...(calculators ? [calculators(context)] : []),
      consumer,
    ],
  });
}

function connections(open: { messaging: Messaging; database: Database }): Part {
  return {
    name: 'connections',
    start: async () => undefined,
    stop: async () => {
      await open.messaging.close();
      await open.database.close();
    },
  };
}

/** Health and metrics, on the admin port and as `rpc.<process>.health`. */
function adminDoor(service: {
  definitionId: string;
  settings: ProcessServiceSettings;
  messaging: Messaging;
  database: Database;
  objectStore: ObjectStore;
  consumer: { readonly runningCount: number };
}): Part {
  const { definitionId, messaging, database, objectStore, consumer } = service;
  const registry = createMetrics();
  new Gauge({
    name: 'spectra_runs_active',
    help: 'Runs that this service drives now',
    registers: [registry],
    collect() {
      this.set(consumer.runningCount);
    },
  });
  const health = createHealth({
    service: `${definitionId}-service`,
    version: '0.1.0',
    clock: systemClock,
    dependencies: {
      nats: async () => messaging.isConnected(),
      postgres: () => database.ping(),
      object_store: async () => {
        // Runs go on without it; only their files wait.
        return (await objectStore.ping()) ? true : { status: 'degraded', detail: 'not reachable' };
      },
    },
  });
  const admin = startAdminServer({ port: service.settings.ADMIN_PORT, health, registry });
  let stopServing: (() => Promise<void>) | undefined;
  return {
    name: 'admin-door',
    start: async () => {
      await admin.start();
      stopServing = messaging.serve(definitionId, healthRpc, async () => accept(await health()));
    },
    stop: async () => {
      await stopServing?.();
      await admin.stop();
    },
  };
}
