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
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'trace_id' }),
    genReqId: requestTraceId,
    bodyLimit: options.bodyLimitBytes ?? bodyLimitBytesDefault,
    requestTimeout,
    http: { requestTimeout, headersTimeout: requestTimeout / 3, connectionsCheckingInterval: 1000 },
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

function endSpan(request: FastifyRequest, reply: FastifyReply): void {
  const route = request.routeOptions.url;
  if (route !== undefined) request.span?.rename(`${request.method} ${route}`);
  request.span?.set({ 'http.route': route ?? '', 'http.response.status_code': reply.statusCode });
  request.span?.end(reply.statusCode >= 500 ? `answered ${reply.statusCode}` : undefined);
}
