import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import type { Refusal } from '@spectra/schemas';
import type { Logger, TraceSpan } from '@spectra/service-kit';
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { answerClientError } from './client-error.ts';
import { refusalOfFault } from './fault-refusal.ts';
import { parseRequest } from './parse-request.ts';
import { pathOf, sendProblem } from './problem-answer.ts';
import { RequestFault } from './request-fault.ts';
import { requestSpan, requestTraceId } from './trace.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The span of this request; null before it began. */
    span: TraceSpan | null;
  }
}

export type HttpAppOptions = {
  logger: Logger;
  bodyLimitBytes?: number;
  /** The whole request must have arrived within this time, its headers within a third of it. */
  requestTimeoutMs?: number;
  /** Origins of browsers that may read answers; none by default. */
  corsOrigins?: readonly string[];
  /** Addresses or networks of proxies whose `X-Forwarded-*` says who asks; none by default, and then it says nothing. */
  trustedProxies?: readonly string[];
  /** What a fault of a dependency means to the caller; null when it is a bug. */
  refusalOf?: (fault: unknown) => Refusal | null;
};

const bodyLimitBytesDefault = 256 * 1024;
const requestTimeoutMsDefault = 30_000;

/**
 * A Fastify application with the platform's edge: strict parsing, JSON bodies only, every error a problem
 * document with a trace id, time-outs, security headers and a CORS allow-list. Routes come by `mountRoutes`.
 */
export async function createHttpApp(options: HttpAppOptions): Promise<FastifyInstance> {
  const requestTimeout = options.requestTimeoutMs ?? requestTimeoutMsDefault;
  const loggerInstance: FastifyBaseLogger = options.logger;
  const trusted = [...(options.trustedProxies ?? [])];
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'trace_id' }),
    genReqId: requestTraceId,
    bodyLimit: options.bodyLimitBytes ?? bodyLimitBytesDefault,
    requestTimeout,
    trustProxy: trusted.length > 0 ? trusted : false,
    http: {
      requestTimeout,
      headersTimeout: requestTimeout / 3,
      connectionsCheckingInterval: 1000,
      // Refused below, with a problem document.
      requireHostHeader: false,
    },
    clientErrorHandler: answerClientError,
    frameworkErrors: (fault, request, reply) => {
      reply.header('x-trace-id', request.id);
      sendProblem(request, reply, refusalOfFault(fault) ?? internal);
    },
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
  });
  app.decorateRequest('refusal', null);
  app.setValidatorCompiler(parseRequest);
  app.setSerializerCompiler(serializerCompiler);
  acceptJsonOnly(app);
  answerErrorsAsProblems(app, options);
  traceAndLog(app);
  refuseUnclearHost(app);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    // An API on plain HTTP behind its own proxy must not pin browsers to HTTPS.
    strictTransportSecurity: false,
  });
  await app.register(cors, {
    origin: [...(options.corsOrigins ?? [])],
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['x-trace-id', 'retry-after', 'location'],
    strictPreflight: false,
  });
  return app;
}

const internal: Refusal = {
  code: 'internal',
  detail: 'The server failed. Its log has the cause under this trace id.',
};

function acceptJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // A client that sets the type on a request without a body means no body.
    if (body === '') done(null, undefined);
    else void parse(request, body.toString(), done);
  });
}

function answerErrorsAsProblems(app: FastifyInstance, options: HttpAppOptions): void {
  app.setErrorHandler((fault, request, reply) => {
    const refusal = refusalOfFault(fault) ?? options.refusalOf?.(fault) ?? null;
    if (refusal === null) request.log.error({ err: fault }, 'a request failed');
    return sendProblem(request, reply, refusal ?? internal);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, { code: 'not_found', detail: 'There is nothing at this address.' }),
  );
}

function traceAndLog(app: FastifyInstance): void {
  app.decorateRequest('span', null);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-trace-id', request.id);
    request.span = requestSpan(request.raw, request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    endSpan(request, reply);
    const facts = {
      method: request.method,
      path: pathOf(request.url),
      status: reply.statusCode,
      duration_ms: Math.round(reply.elapsedTime * 10) / 10,
    };
    request.log.info(facts, 'answered');
  });
}

/** With two hosts, or none, two readers of the same request may not mean the same one (RFC 9112, 3.2). */
function refuseUnclearHost(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }) => {
    const hosts = raw.rawHeaders.filter((name, place) => place % 2 === 0 && name.toLowerCase() === 'host');
    if (hosts.length === 1 || (hosts.length === 0 && raw.httpVersion === '1.0')) return;
    const detail = `A request names one Host; this one names ${hosts.length === 0 ? 'none' : hosts.length}.`;
    throw new RequestFault({ code: 'malformed_request', detail });
  });
}

function endSpan(request: FastifyRequest, reply: FastifyReply): void {
  const route = request.routeOptions.url;
  if (route !== undefined) request.span?.rename(`${request.method} ${route}`);
  request.span?.set({ 'http.route': route ?? '', 'http.response.status_code': reply.statusCode });
  request.span?.end(reply.statusCode >= 500 ? `answered ${reply.statusCode}` : undefined);
}
