import type { Database } from '@spectra/database';
import {
  createHttpApp,
  documentRoutes,
  mountRoutes,
  sayFarewell,
  type HttpRoute,
  type RateClass,
} from '@spectra/http-kit';
import type { Messaging } from '@spectra/messaging';
import type { ObjectStore } from '@spectra/object-store';
import type { ServiceHealth, TokenKeys } from '@spectra/schemas';
import { Histogram, type Clock, type Logger, type Registry } from '@spectra/service-kit';
import type { FastifyInstance } from 'fastify';
import { createAsk, type Ask } from './ask.ts';
import { auditGates } from './audit/audit-gates.ts';
import { createAuditTrail } from './audit/audit-trail.ts';
import { databaseAwayRefusal } from './database-fault.ts';
import { createAccounts } from './identity/accounts.ts';
import { createApiKeys } from './identity/api-keys.ts';
import { createAttemptCounter } from './identity/attempt-counter.ts';
import { createAuthenticator } from './identity/authenticate.ts';
import { createLogIn } from './identity/log-in.ts';
import type { PasswordHasher } from './identity/password-hasher.ts';
import { createStanding } from './identity/standing.ts';
import { serveIdentity } from './identity/serve-identity.ts';
import { createSessions } from './identity/sessions.ts';
import { registerTokens } from './identity/tokens.ts';
import { createUsers } from './identity/users.ts';
import { limitedExports } from './limited-exports.ts';
import { natsCountsBus } from './limits/nats-counts-bus.ts';
import { SharedCounts } from './limits/shared-counts.ts';
import { processDoors } from './process-doors.ts';
import { registerRateLimits } from './rate-limits.ts';
import { createAnswerKeeper } from './repeats/answer-keeper.ts';
import { alarmRoutes } from './routes/alarm-routes.ts';
import { apiKeyRoutes } from './routes/api-key-routes.ts';
import { auditRoutes } from './routes/audit-routes.ts';
import { authRoutes } from './routes/auth-routes.ts';
import { calculatorRoutes } from './routes/calculator-routes.ts';
import { calibrationRoutes } from './routes/calibration-routes.ts';
import { costRoutes } from './routes/cost-routes.ts';
import { equipmentRoutes } from './routes/equipment-routes.ts';
import { fileRoutes } from './routes/file-routes.ts';
import { deadLetterRoutes, jobRoutes } from './routes/job-routes.ts';
import { metrologyRoutes } from './routes/metrology-routes.ts';
import { platformRoutes } from './routes/platform-routes.ts';
import { processRoutes } from './routes/process-routes.ts';
import { runDocumentRoutes } from './routes/run-document-routes.ts';
import { queueRoutes } from './routes/queue-routes.ts';
import { recipeRoutes } from './routes/recipe-routes.ts';
import { runExportRoutes } from './routes/run-export-routes.ts';
import { runRoutes } from './routes/run-routes.ts';
import { runToRunRoutes } from './routes/run-to-run-routes.ts';
import { scheduleRoutes } from './routes/schedule-routes.ts';
import { refusedMessageRoutes } from './routes/refused-message-routes.ts';
import { sopRoutes } from './routes/sop-routes.ts';
import { spcRoutes } from './routes/spc-routes.ts';
import { streamRoutes } from './routes/stream-routes.ts';
import { taskRoutes } from './routes/task-routes.ts';
import { templateRoutes } from './routes/template-routes.ts';
import { toolJobRoutes } from './routes/tool-job-routes.ts';
import { tuneRoutes } from './routes/tune-routes.ts';
import { userRoutes } from './routes/user-routes.ts';
import { virtualMetrologyRoutes } from './routes/virtual-metrology-routes.ts';
import { createStreamProxy } from './stream-proxy.ts';

export type GatewayOptions = {
  database: Database;
  messaging: Messaging;
  objectStore: ObjectStore;
  hasher: PasswordHasher;
  tokenKeys: TokenKeys;
  clock: Clock;
  logger: Logger;
  registry: Registry;
  readiness: () => Promise<ServiceHealth>;
  health: () => Promise<ServiceHealth>;
  version: string;
  publicUrl: string;
  hubUrl: string;
  corsOrigins: readonly string[];
  trustedProxies?: readonly string[];
  accessLifetimeS: number;
  requestsPerMinute: Readonly<Record<Exclude<RateClass, 'none'>, number>>;
};

/** Failed sign-ins of one account before it has to wait. */
const rateWindowMs = 60_000;
/** At its stop the gateway waits so long for clients to leave by themselves. */
const farewellMs = 2_000;
const loginFailures = { failuresMax: 10, windowMs: 5 * 60_000 };

/** Puts the gateway together: the only place that knows both the routes and what stands behind them. */
export async function createGateway(
  options: GatewayOptions,
): Promise<{ app: FastifyInstance; routes: readonly HttpRoute[] }> {
  const { database, clock, logger, publicUrl } = options;
  const app = await createHttpApp({ ...options, refusalOf: databaseAwayRefusal });
  const tokens = await registerTokens(app, {
    keys: options.tokenKeys,
    accessLifetimeS: options.accessLifetimeS,
  });
  const limits = await limitsOf(app, options);
  const document = await documentRoutes(app, {
    title: 'SPECTRA',
    version: options.version,
    description: 'Process control for ion implantation and rapid thermal processing',
    serverUrl: publicUrl,
  });
  measure(app, options.registry);
  const trail = createAuditTrail(database);
  const accounts = createAccounts(database, clock);
  const apiKeys = createApiKeys(database, clock);
  const users = createUsers(database, options.hasher);
  const sessions = createSessions(database, clock, trail);
  const logIn = createLogIn({
    users,
    hasher: options.hasher,
    sessions,
    attempts: limits.attempts,
    trail,
    clock,
  });
  const ask = createAsk(options.messaging);
  const stopServing = serveIdentity(options.messaging, {
    users,
    standing: createStanding(database, clock),
  });
  const proxy = createStreamProxy({ hubUrl: options.hubUrl, logger });
  const routes: HttpRoute[] = [
    document,
    ...platformRoutes({ ...options, routeCount: () => routes.length }),
    ...authRoutes({ logIn, sessions, tokens, accounts, users }),
    ...userRoutes(users, accounts),
    ...apiKeyRoutes(apiKeys),
    ...processDoors.flatMap((door) => processRoutes(door, ask)),
    ...askingRoutes(ask),
    ...toolJobRoutes(ask, options.objectStore),
    ...runRoutes(ask, options.objectStore, clock),
    ...runDocumentRoutes(ask, options.messaging),
    ...fileRoutes(options.objectStore, clock),
    ...runExportRoutes({ ask, messaging: options.messaging, exports: limitedExports(options) }),
    ...streamRoutes({ ask, tokens, proxy, publicUrl }),
    ...auditRoutes(trail),
  ];
  mountRoutes(app, routes, {
    authenticate: createAuthenticator({ tokens, accounts, apiKeys }),
    throttle: limits.throttle,
    ...auditGates(trail, clock, logger),
    answers: createAnswerKeeper(database),
  });
  app.server.on('upgrade', (request, socket, head) => proxy.upgrade(request, socket, head));
  const farewell = sayFarewell(app, farewellMs);
  app.addHook('preClose', async () => {
    await proxy.close();
    await farewell();
    limits.stop();
    await stopServing();
  });
  return { app, routes };
}

/** What all gateways count together: requests by their class, and failed sign-ins by account. */
async function limitsOf(app: FastifyInstance, { messaging, clock, requestsPerMinute }: GatewayOptions) {
  const countsOf = (what: string, windowMs: number) =>
    new SharedCounts({ bus: natsCountsBus(messaging, what), windowMs, clock });
  const requests = countsOf('requests', rateWindowMs);
  const { failuresMax, windowMs } = loginFailures;
  const failures = countsOf('failed-sign-ins', windowMs);
  const perWindow = requestsPerMinute;
  return {
    throttle: await registerRateLimits(app, { perWindow, windowMs: rateWindowMs, counts: requests }),
    attempts: createAttemptCounter({ failuresMax, counts: failures }),
    stop() {
      requests.stop();
      failures.stop();
    },
  };
}

/** The routes that need nothing but the services behind. */
function askingRoutes(ask: Ask): HttpRoute[] {
  return [
    ...calculatorRoutes(ask),
    ...tuneRoutes(ask),
    ...jobRoutes(ask),
    ...deadLetterRoutes(ask),
    ...queueRoutes(ask),
    ...taskRoutes(ask),
    ...equipmentRoutes(ask),
    ...calibrationRoutes(ask),
    ...sopRoutes(ask),
    ...templateRoutes(ask),
    ...scheduleRoutes(ask),
    ...costRoutes(ask),
    ...metrologyRoutes(ask),
    ...runToRunRoutes(ask),
    ...recipeRoutes(ask),
    ...virtualMetrologyRoutes(ask),
    ...alarmRoutes(ask),
    ...refusedMessageRoutes(ask),
    ...spcRoutes(ask),
  ];
}

/** Duration of each answer by route and status, for Prometheus. */
function measure(app: FastifyInstance, registry: Registry): void {
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    duration.observe(labels, reply.elapsedTime / 1000);
  });
}
