import { problemCatalogue, type FieldError, type Problem, type Refusal } from '@spectra/schemas';
import type { FastifyReply, FastifyRequest } from 'fastify';

export const problemMediaType = 'application/problem+json';

/** At most this many field errors are told, and values longer than this are left out. */
const fieldErrorsMax = 50;
const valueLengthMax = 300;
const secretField = /password|token|secret|ticket|api_key/i;

/** Turns a refusal into the one shape of every error answer (RFC 9457). */
export function problemOf(refusal: Refusal, context: { instance: string; traceId: string }): Problem {
  const entry = problemCatalogue[refusal.code];
  return {
    type: `urn:spectra:problem:${refusal.code}`,
    title: entry.title,
    status: entry.status,
    detail: refusal.detail,
    instance: context.instance,
    code: refusal.code,
    trace_id: context.traceId,
    ...(refusal.errors === undefined
      ? {}
      : { errors: refusal.errors.slice(0, fieldErrorsMax).map(withoutUntellable) }),
  };
}

/** Something is away for now: a client that waits so long need not give up. */
export const awayRetryAfterS = 2;

/** Answers a request with a refusal. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply {
  request.refusal = refusal;
  const problem = problemOf(asDeclared(request, refusal), {
    instance: pathOf(request.url),
    traceId: request.id,
  });
  if (problem.status === 503 && !reply.hasHeader('retry-after')) reply.header('retry-after', awayRetryAfterS);
  return reply.code(problem.status).type(problemMediaType).send(JSON.stringify(problem));
}

/** Some interfaces promise another status for a field at fault. */
function asDeclared(request: FastifyRequest, refusal: Refusal): Refusal {
  // A request that found no route has no options.
  const options: FastifyRequest['routeOptions'] | undefined = request.routeOptions;
  const invalidAs = options?.config?.invalidAs;
  return refusal.code === 'validation_failed' && invalidAs ? { ...refusal, code: invalidAs } : refusal;
}

/** The path alone: a query may hold a ticket. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

/** A refused value is told back only when it is short and no secret. */
function withoutUntellable(error: FieldError): FieldError {
  const { value, ...rest } = error;
  if (value === undefined || secretField.test(error.path)) return rest;
  return (JSON.stringify(value)?.length ?? 0) > valueLengthMax ? rest : error;
}
