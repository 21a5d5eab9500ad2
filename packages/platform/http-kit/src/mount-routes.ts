import { mayEnter, type RouteAccess } from '@spectra/policy';
import { problemSchema, type ProblemCode, type Refusal, type Result } from '@spectra/schemas';
import { newTraceparent } from '@spectra/service-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { answerOnce, type AnswerKeeper } from './answer-once.ts';
import type { Change } from './change.ts';
import type { Principal } from './principal.ts';
import { problemMediaType, sendProblem } from './problem-answer.ts';
import { RequestFault } from './request-fault.ts';
import type { HttpRoute, OtherMedia, RawAnswer, RouteInput } from './route.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
    invalidAs?: ProblemCode | undefined;
  }
  interface FastifyRequest {
    principal: Principal | null;
    change: Change | null;
    /** What the request was refused with; null while it is not. */
    refusal: Refusal | null;
  }
}

/** What stands between a request and its handler. */
export type Gates = {
  /** Finds out who asks; refuses missing or bad credentials with `unauthenticated`. */
  authenticate(request: FastifyRequest): Promise<Result<Principal>>;
  /** Says how long to wait when the caller asks too often; null lets the request through. */
  throttle?(
    request: FastifyRequest,
    route: HttpRoute,
    principal: Principal | null,
  ): Promise<{ retryAfterS: number } | null>;
  /** Runs before a known caller changes anything; when it throws, nothing is changed. */
  beforeChange?(change: Change): Promise<void>;
  /** Runs once the answer to a recorded change is out, with its status and the reason of a refusal. */
  afterChange?(change: Change, status: number, refusal: Refusal | null): void;
  /**
   * Runs once a change was refused before it could be recorded: the caller is known but may not, or the request is
   * not well formed. Not for those who ask too often: they must not fill the records.
   */
  refusedChange?(change: Change, status: number, refusal: Refusal): void;
  /** Keeps answers by `Idempotency-Key`; without it no route of its own keeps any. */
  answers?: AnswerKeeper;
  /** Requests in work at a time; above it the answer is 503 while health still answers. */
  inFlightMax?: number;
};

const inFlightMaxDefault = 1000;
const overloadRetryAfterS = 1;

/** Registers the route table behind its gates. A route without declared access stops the start. */
export function mountRoutes(app: FastifyInstance, routes: readonly HttpRoute[], gates: Gates): void {
  app.decorateRequest('principal', null);
  app.decorateRequest('change', null);
  app.addHook('onRoute', (route) => {
    if (route.config?.access === undefined) throw new Error(`${route.url} does not declare its access`);
  });
  const load = { inFlight: 0, max: gates.inFlightMax ?? inFlightMaxDefault };
  for (const route of routes) mountRoute(app, route, gates, load);
  refuseOtherMethods(app, routes);
}

function mountRoute(
  app: FastifyInstance,
  route: HttpRoute,
  gates: Gates,
  load: { inFlight: number; max: number },
): void {
  const counted = route.rate !== 'none' && route.access.kind !== 'delegated';
  app.route({
    method: route.method,
    url: asPattern(route.url),
    config: { access: route.access, invalidAs: route.invalidAs },
    schema: schemaOf(route),
    ...(route.bodyLimitBytes === undefined ? {} : { bodyLimit: route.bodyLimitBytes }),
    onRequest: async (request, reply) => {
      if (counted) {
        load.inFlight += 1;
        if (load.inFlight > load.max) {
          reply.header('retry-after', overloadRetryAfterS);
          throw new RequestFault({ code: 'overloaded', detail: 'Too many requests are in work.' });
        }
      }
      await admit(request, reply, route, gates);
    },
    onResponse: async (request, reply) => {
      if (counted) load.inFlight -= 1;
      tellAudit(request, reply, route, gates);
    },
    preValidation: async (request) => refuseUnwantedBody(route, request.body),
    handler: (request, reply) => runRoute(request, reply, route, gates),
  });
}

/** A colon within a part of the path (`/jobs:batch`) is meant as it stands; only one at its begin names a parameter. */
function asPattern(url: string): string {
  return url.replaceAll(/(?<=[^/:]):(?=[^:])/g, '::');
}

function schemaOf(route: HttpRoute): Record<string, unknown> {
  const failure = {
    description: 'A problem document',
    content: { [problemMediaType]: { schema: problemSchema } },
  };
  return {
    summary: route.summary,
    tags: [route.tag],
    params: route.params,
    querystring: route.query,
    ...(route.body === null ? {} : { body: withExample(route.body, route.example.body) }),
    response: {
      [route.reply.status]: successOf(route),
      ...('orStatus' in route.reply && { [route.reply.orStatus]: successOf(route) }),
      default: failure,
    },
    ...(route.access.kind === 'public' ? { security: [] } : {}),
    description: [accessInWords(route.access), ...repeatsInWords(route)].join(' '),
  };
}

function withExample(body: z.ZodType, example: unknown): z.ZodType {
  return example === undefined ? body : body.meta({ examples: [example] });
}

function successOf({ reply, summary }: HttpRoute): unknown {
  const text = z.string();
  if (!('schema' in reply)) return { description: summary, content: { [reply.mediaType]: { schema: text } } };
  if (reply.otherMediaType === undefined) return reply.schema;
  const content = { 'application/json': { schema: reply.schema }, [reply.otherMediaType]: { schema: text } };
  return { description: summary, content };
}

function repeatsInWords({ repeats }: HttpRoute): string[] {
  return repeats === 'ignored' ? [] : ['Takes an Idempotency-Key: a repeat has no further effect.'];
}

function accessInWords(access: RouteAccess): string {
  switch (access.kind) {
    case 'public':
      return `Public: ${access.reason}.`;
    case 'signed-in':
      return 'Any signed-in caller.';
    case 'permission':
      return `Permission: ${access.anyOf.join(' or ')}.`;
    case 'delegated':
      return `Permission: ${access.anyOf.join(' or ')}, checked by the ${access.to}.`;
    default:
      return access satisfies never;
  }
}

/** Who is it, do they ask too often, may they: before the body is even read. */
async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  route: HttpRoute,
  gates: Gates,
): Promise<void> {
  const open = route.access.kind === 'public' || route.access.kind === 'delegated';
  if (!open) {
    const known = await gates.authenticate(request);
    if (!known.ok) {
      reply.header('www-authenticate', 'Bearer realm="spectra"');
      throw new RequestFault(known.refusal);
    }
    request.principal = known.value;
  }
  const wait = (await gates.throttle?.(request, route, request.principal)) ?? null;
  if (wait !== null) {
    reply.header('retry-after', wait.retryAfterS);
    throw new RequestFault({ code: 'rate_limited', detail: `Try again in ${wait.retryAfterS} s.` });
  }
  if (mayEnter(request.principal?.caller ?? null, route.access) === 'forbidden') {
    throw new RequestFault(deniedBy(route.access));
  }
}

function deniedBy(access: RouteAccess): Refusal {
  const wanted = 'anyOf' in access ? access.anyOf.join(' or ') : 'signed-in';
  return { code: 'permission_denied', detail: `Permission denied: ${wanted}` };
}

function refuseUnwantedBody(route: HttpRoute, body: unknown): void {
  if (route.body !== null || body === undefined || body === null) return;
  const fields = typeof body === 'object' ? Object.keys(body) : ['body'];
  if (fields.length === 0) return;
  throw new RequestFault({
    code: 'validation_failed',
    detail: 'This request takes no body.',
    errors: fields.map((path) => ({ path, message: 'unknown field' })),
  });
}

async function runRoute(
  request: FastifyRequest,
  reply: FastifyReply,
  route: HttpRoute,
  gates: Gates,
): Promise<FastifyReply> {
  const input = inputOf(request);
  const change = changeOf(request, route);
  if (change !== null) await record(change, request, gates);
  const result = await answer(input, { request, reply, route, gates, change });
  if (!result.ok && 'retryAfterS' in result) reply.header('retry-after', result.retryAfterS);
  if (!result.ok) return sendProblem(request, reply, result.refusal);
  if ('mediaType' in route.reply) return sendRaw(reply, route.reply, result.value as RawAnswer);
  reply.code('status' in result ? result.status : route.reply.status);
  if (route.reply.otherMediaType !== undefined && isOtherMedia(result.value)) {
    return reply.type(route.reply.otherMediaType).send(result.value.body);
  }
  return route.reply.status === 204 ? reply.send() : reply.send(result.value);
}

/** Runs the handler; under an idempotency key that the gates keep, once. */
function answer(
  input: ReturnType<typeof inputOf>,
  at: {
    request: FastifyRequest;
    reply: FastifyReply;
    route: HttpRoute;
    gates: Gates;
    change: Change | null;
  },
): ReturnType<HttpRoute['run']> {
  const { request, reply, route, gates, change } = at;
  const make = () => route.run(input, { request, reply });
  const { idempotencyKey: key } = input;
  if (key === undefined || change === null || route.repeats !== 'kept' || gates.answers === undefined) {
    return make();
  }
  const log = (error: unknown) => request.log.error({ err: error }, 'the answer under a key was not kept');
  return answerOnce(gates.answers, { change, key, status: route.reply.status, log }, make);
}

function inputOf(request: FastifyRequest): RouteInput<unknown, unknown, unknown, Principal | null> {
  const key = request.headers['idempotency-key'];
  if (key !== undefined && (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key))) {
    throw new RequestFault({
      code: 'malformed_request',
      detail: 'Idempotency-Key must be 1 to 200 visible ASCII characters.',
    });
  }
  return {
    params: request.params,
    query: request.query,
    body: request.body,
    principal: request.principal,
    traceparent: request.span?.traceparent ?? newTraceparent(),
    address: request.ip,
    idempotencyKey: key,
  };
}

function changeOf(request: FastifyRequest, route: HttpRoute): Change | null {
  if (route.effect !== 'change' || request.principal === null) return null;
  return {
    route: { method: route.method, url: route.url },
    path: request.url.split('?', 1)[0] ?? '',
    principal: request.principal,
    body: request.body,
    traceId: request.id,
    address: request.ip,
  };
}

function tellAudit(request: FastifyRequest, reply: FastifyReply, route: HttpRoute, gates: Gates): void {
  const { change, refusal } = request;
  if (change !== null) {
    gates.afterChange?.(change, reply.statusCode, refusal);
    return;
  }
  const refused = changeOf(request, route);
  if (refused === null || refusal === null || untold.has(refusal.code)) return;
  gates.refusedChange?.(refused, reply.statusCode, refusal);
}

/** Refusals that say something about the platform's load or health, not about the caller. */
const untold: ReadonlySet<ProblemCode> = new Set(['rate_limited', 'overloaded', 'dependency_unavailable']);

async function record(change: Change, request: FastifyRequest, gates: Gates): Promise<void> {
  try {
    await gates.beforeChange?.(change);
    request.change = change;
  } catch (fault) {
    request.log.error({ err: fault }, 'the audit trail could not be written; nothing was changed');
    throw new RequestFault({
      code: 'dependency_unavailable',
      detail: 'The audit trail cannot be written at the moment, so nothing was changed.',
    });
  }
}

function isOtherMedia(value: unknown): value is OtherMedia {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'other-media';
}

function sendRaw(
  reply: FastifyReply,
  declared: { status: number; mediaType: string },
  answer: RawAnswer,
): FastifyReply {
  if (answer.kind === 'sent') return reply;
  const status = answer.status ?? declared.status;
  return reply.code(status).type(declared.mediaType).headers(answer.headers).send(answer.body);
}

/** The methods that a path does not have answer 405 and name those that it has. */
function refuseOtherMethods(app: FastifyInstance, routes: readonly HttpRoute[]): void {
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
  for (const [url, sharing] of Map.groupBy(routes, (route) => route.url)) {
    const present = sharing.map((route) => route.method);
    const allow = present.includes('GET') ? [...present, 'HEAD'] : present;
    const absent = methods.filter((method) => !present.includes(method));
    if (absent.length === 0) continue;
    app.route({
      method: absent,
      url: asPattern(url),
      config: { access: { kind: 'public', reason: 'tells which methods exist' } },
      schema: { hide: true },
      onRequest: async (_request, reply) => {
        reply.header('allow', allow.join(', '));
        throw new RequestFault({
          code: 'method_not_allowed',
          detail: `This address takes ${allow.join(', ')}.`,
        });
      },
      handler: async () => undefined,
    });
  }
}
