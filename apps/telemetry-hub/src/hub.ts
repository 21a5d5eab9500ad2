import type { AddressInfo } from 'node:net';
import type { Database } from '@spectra/database';
import { createHttpApp } from '@spectra/http-kit';
import type { Messaging } from '@spectra/messaging';
import { accept, healthRpc, telemetryRpc } from '@spectra/schemas';
import { createHealth, type Clock, type Logger, type Part, type Registry } from '@spectra/service-kit';
import type { FastifyInstance } from 'fastify';
import { AlarmKeeper } from './alarms/alarm-keeper.ts';
import { createAlarmDesk } from './alarms/alarm-desk.ts';
import { serveAlarms } from './alarms/serve-alarms.ts';
import { createOpenStream } from './access/open-stream.ts';
import type { PublicTokenKeys } from '@spectra/http-kit';
import { createTokenVerifier } from './access/verify-token.ts';
import { asyncApiDocument } from './async-api.ts';
import { describeProcesses } from './describe-processes.ts';
import { registerHubMetrics } from './hub-metrics.ts';
import { Ingest } from './ingest/ingest.ts';
import type { Settings } from './settings.ts';
import { StalenessWatch } from './staleness-watch.ts';
import { serveRefusedMessages } from './serve-refused-messages.ts';
import { createRefusedMessages } from './store/refused-messages.ts';
import { createStreamStore } from './store/stream-store.ts';
import { addStreamRoutes } from './stream-routes.ts';
import { createSweeper } from './sweep.ts';
import { tellLostEnding } from './tell-ending.ts';
import { readLatest } from './latest-telemetry.ts';
import { readMessages } from './read-messages.ts';
import { readHistory } from './telemetry-history.ts';
import { LiveRuns } from './viewer/live-runs.ts';

/** Name of the service on NATS and in its health answer. */
const serviceName = 'telemetry';
/** Streams stay busy; an idle connection must not hold up a stop for long. */
const keepAliveMs = 5_000;

export type HubOptions = {
  settings: Pick<
    Settings,
    | 'HTTP_HOST'
    | 'HTTP_PORT'
    | 'ALLOWED_ORIGINS'
    | 'STREAM_QUERY_TOKEN'
    | 'STREAM_RETENTION_DAYS'
    | 'VIEWERS_MAX'
    | 'VIEWERS_PER_USER_MAX'
  >;
  database: Database;
  messaging: Messaging;
  tokenKeys: PublicTokenKeys;
  clock: Clock;
  logger: Logger;
  registry: Registry;
  version: string;
};

/** The hub put together: the one place that knows both its doors and what stands behind them. */
export async function createHub(options: HubOptions) {
  const { settings, database, messaging, clock, logger } = options;
  const store = createStreamStore(database);
  const refused = createRefusedMessages(database);
  const desk = createAlarmDesk(database);
  const keeper = new AlarmKeeper({ desk, messaging, clock, logger });
  const liveRuns = new LiveRuns(clock);
  const channelsOf = describeProcesses(messaging, clock);
  const staleness = new StalenessWatch({ clock, channelsOf, tell: (message) => ingest.offer(message) });
  const ingest = new Ingest({
    messaging,
    store,
    refused,
    clock,
    logger,
    publish: (runs) => {
      liveRuns.publish(runs);
      staleness.observe(runs);
    },
  });
  const openStream = createOpenStream({
    verifier: createTokenVerifier(options.tokenKeys, () => clock.nowMs()),
    store,
    messaging,
    allowedOrigins: settings.ALLOWED_ORIGINS,
    acceptsQueryToken: settings.STREAM_QUERY_TOKEN,
  });
  const health = createHealth({
    service: serviceName,
    version: options.version,
    clock,
    dependencies: {
      postgres: () => database.ping(),
      nats: async () => messaging.isConnected(),
      runs_stream: async () => ingest.isReading(),
    },
  });
  registerHubMetrics(options.registry, { liveRuns, ingest });
  const app = await createHttpApp({ logger, corsOrigins: settings.ALLOWED_ORIGINS });
  await addStreamRoutes(app, {
    store,
    liveRuns,
    channelsOf,
    clock,
    logger,
    openStream,
    onOpenStream: (run, hasEnded) => tellLostEnding({ run, clock, ingest, hasEnded }),
    viewerLimits: { all: settings.VIEWERS_MAX, perUser: settings.VIEWERS_PER_USER_MAX },
  });
  app.get('/asyncapi.json', async (_request, reply) =>
    reply.type('application/json').send(JSON.stringify(asyncApiDocument(options.version))),
  );
  const sweeper = createSweeper({
    store,
    refused,
    retentionDays: settings.STREAM_RETENTION_DAYS,
    clock,
    logger,
  });
  const abilities = serveAbilities(messaging, { store, health, clock });
  const alarms = serveAlarms(messaging, { desk, clock, onChange: () => keeper.poke() });
  // Stopped in reverse: first the viewers are sent away, then nobody new comes in, the ingest commits last.
  const parts = [ingest, sweeper, keeper, abilities, alarms];
  const doors = [
    serveRefusedMessages(messaging, refused),
    httpDoor(app, settings),
    watching(liveRuns, staleness),
  ];
  return { parts: [...parts, ...doors], health, address: () => addressOf(app), sweeper, ingest, keeper };
}

/** Live streams and the watch over their age go together. */
function watching(liveRuns: LiveRuns, staleness: StalenessWatch): Part {
  return {
    name: 'viewers',
    async start() {
      liveRuns.start();
      staleness.start();
    },
    async stop() {
      staleness.stop();
      liveRuns.stop();
    },
  };
}

function serveAbilities(
  messaging: Messaging,
  behind: {
    store: ReturnType<typeof createStreamStore>;
    health: ReturnType<typeof createHealth>;
    clock: Clock;
  },
): Part {
  const { store, health, clock } = behind;
  let stops: (() => Promise<void>)[] = [];
  return {
    name: 'abilities',
    async start() {
      stops = [
        messaging.serve(serviceName, telemetryRpc.history, ({ caller, body }) =>
          readHistory(store, caller, body),
        ),
        messaging.serve(serviceName, telemetryRpc.latest, ({ caller, body }) =>
          readLatest({ store, clock }, caller, body.run_id),
        ),
        messaging.serve(serviceName, telemetryRpc.messages, ({ caller, body }) =>
          readMessages(store, caller, body),
        ),
        messaging.serve(serviceName, healthRpc, async () => accept(await health())),
      ];
    },
    async stop() {
      await Promise.all(stops.splice(0).map((stop) => stop()));
    },
  };
}

function httpDoor(app: FastifyInstance, settings: HubOptions['settings']): Part {
  return {
    name: 'http',
    async start() {
      app.server.keepAliveTimeout = keepAliveMs;
      await app.listen({ host: settings.HTTP_HOST, port: settings.HTTP_PORT });
    },
    stop: () => app.close(),
  };
}

function addressOf(app: FastifyInstance): string {
  const address = app.server.address() as AddressInfo | null;
  if (address === null) throw new Error('the hub does not listen yet');
  return `http://127.0.0.1:${address.port}`;
}
