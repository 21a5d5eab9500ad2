import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isDatabaseAway, openDatabase } from '@spectra/database';
import type { Database } from '@spectra/database';
import { readPublicTokenKeys } from '@spectra/http-kit';
import { connectMessaging } from '@spectra/messaging';
import type { Messaging } from '@spectra/messaging';
import { measuredObjectStore, objectStoreFromSettings, spoolingObjectStore } from '@spectra/object-store';
import type { ObjectStore, SpoolingObjectStore } from '@spectra/object-store';
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
import type { Logger, Part, Registry } from '@spectra/service-kit';
import { abortDoor } from './abort/abort-door.ts';
import { abortJournal } from './abort/abort-journal.ts';
import { AbortRecorder } from './abort/record-aborts.ts';
import { RunsInHand } from './abort/runs-in-hand.ts';
import { askSignerStandings } from './gates/signer-standings.ts';
import { serveProcess } from './serve-process.ts';
import type { ServiceContext } from './service-context.ts';
import { processServiceSettingsSchema, spoolSettings } from './settings.ts';
import type { ProcessServiceSettings } from './settings.ts';
import { generalTools } from './tools/general-tools.ts';
import { runExportTool } from './tools/run-export-tool.ts';
import { measuredTools } from './tools/measured-tools.ts';
import { serveTools } from './tools/serve-tools.ts';
import type { ServiceTool } from './tools/service-tool.ts';
import { ThreadPool } from './tools/thread-pool.ts';
import { measureSpool } from './worker/measure-spool.ts';
import { JobTaker } from './worker/job-taker.ts';
import { takeRun } from './worker/take-run.ts';

/** A run may come to a good end for this long after a stop signal; then its tool goes to the safe state. */
const runDrainMs = 15_000;

/** What only this process can answer and do, beside its runs. */
export interface ServiceExtras<T extends ProcessTypes> {
  readonly calculators?: (context: ServiceContext<T>) => Part;
  /** Tools of the registry, and the file that their threads start with. */
  readonly tools: { bring: (context: ServiceContext<T>) => readonly ServiceTool[]; threadFile: URL };
}

/** A whole process service, from its settings to its stop: answers the process's abilities, drives its runs, does its tools. */
export async function runProcessService<T extends ProcessTypes>(
  definition: ProcessDefinition<T>,
  environment: Readonly<Record<string, string | undefined>>,
  extras: ServiceExtras<T>,
): Promise<void> {
  const settings = readSettings(processServiceSettingsSchema, environment);
  const name = `${definition.id}-service`;
  const logger = createLogger({ service: name, level: settings.LOG_LEVEL });
  const messaging = await connectMessaging({ url: settings.NATS_URL, name, logger, isAway: isDatabaseAway });
  const database = openDatabase({
    appUrl: settings.DATABASE_APP_URL,
    systemUrl: settings.DATABASE_SYSTEM_URL,
    logger,
  });
  const context = {
    definition,
    database,
    messaging,
    signers: askSignerStandings(messaging, systemClock),
    clock: systemClock,
    logger,
    codeVersion: settings.CODE_VERSION,
  };
  const registry = createMetrics();
  const objectStore = measuredObjectStore(objectStoreFromSettings(settings), registry);
  const toolAddress = { host: settings.TOOL_LINK_HOST, port: settings.TOOL_LINK_PORT };
  const workerId = `${name}-${randomUUID()}`;
  const spooling = spoolingObjectStore(objectStore, { ...spoolSettings(settings, name), ...context });
  const runsInHand = new RunsInHand();
  const worker = { ...context, objectStore: spooling.store, toolAddress, runsInHand };
  const runs = new JobTaker(context, {
    queue: definition.id,
    slots: settings.WORKER_SLOTS,
    drainMs: runDrainMs,
    workerId,
    attemptAt: (taken, askedMs) => takeRun(worker, taken, askedMs),
  });
  const pool = new ThreadPool({ file: extras.tools.threadFile, size: settings.TOOL_THREADS, logger });
  const tools = serveTools(
    { ...context, objectStore, pool },
    measuredTools([...extras.tools.bring(context), ...hostTools({ ...context, objectStore })], registry),
    { slots: settings.TOOL_SLOTS, workerId },
  );
  await runService({
    name,
    logger,
    tracesEndpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
    parts: [
      connections({ messaging, database }),
      ...(await localAbort({ definitionId: definition.id, settings, messaging, runsInHand, logger })),
      adminDoor({
        definitionId: definition.id,
        registry,
        settings,
        messaging,
        database,
        objectStore,
        spooling,
        runs,
        tools,
      }),
      spooling.part,
      serveProcess(context),
      ...(extras.calculators ? [extras.calculators(context)] : []),
      ...tools.parts,
      runs,
    ],
  });
}

/** The door for aborts, where the settings name a port and the keys of tokens. */
async function localAbort(service: {
  definitionId: string;
  settings: ProcessServiceSettings;
  messaging: Messaging;
  runsInHand: RunsInHand;
  logger: Logger;
}): Promise<Part[]> {
  const { settings, definitionId: processId, messaging, runsInHand: runs, logger } = service;
  if (settings.ABORT_PORT === undefined || settings.TOKEN_KEYS_FILE === undefined) return [];
  const clock = systemClock;
  const journal = abortJournal(join(spoolSettings(settings, `${processId}-service`).folder, 'aborts'));
  const recorder = new AbortRecorder(processId, { messaging, journal, clock, logger });
  const keys = await readPublicTokenKeys(settings.TOKEN_KEYS_FILE);
  const door = { processId, host: settings.ABORT_HOST, port: settings.ABORT_PORT, keys };
  return [recorder, abortDoor({ ...door, runs, recorder, clock, logger })];
}

/** Tools that every process service brings. */
function hostTools(context: Parameters<typeof runExportTool>[0]): readonly ServiceTool[] {
  return [...generalTools, runExportTool(context)];
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
  registry: Registry;
  settings: ProcessServiceSettings;
  messaging: Messaging;
  database: Database;
  objectStore: ObjectStore;
  spooling: SpoolingObjectStore;
  runs: { readonly runningCount: number };
  tools: { runningCount(): number };
}): Part {
  const { definitionId, registry, messaging, database, objectStore, spooling, runs, tools } = service;
  measureSpool(registry, spooling);
  new Gauge({
    name: 'spectra_runs_active',
    help: 'Runs that this service drives now',
    registers: [registry],
    collect() {
      this.set(runs.runningCount);
    },
  });
  new Gauge({
    name: 'spectra_tool_jobs_active',
    help: 'Jobs of tools that this service does now',
    registers: [registry],
    collect() {
      this.set(tools.runningCount());
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
        if (await objectStore.ping()) return true;
        const { files } = spooling.state();
        return { status: 'degraded', detail: `not reachable; ${files} files wait in the spool` };
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
