import type { Readable } from 'node:stream';
import type { OrganisationRule, RouteAccess } from '@spectra/policy';
import type { ProblemCode, Refusal, Result } from '@spectra/schemas';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Principal } from './principal.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Which limit a request counts against; `none` also stays answerable under overload (health). */
export type RateClass = 'read' | 'create' | 'login' | 'none';

/** What a handler gets: parsed, and with the caller known. */
export type RouteInput<Params, Query, Body, Who> = {
  params: Params;
  query: Query;
  body: Body;
  principal: Who;
  traceparent: string;
  /** Network address of the client. */
  address: string;
  idempotencyKey: string | undefined;
};

/** An answer that is not JSON: bytes with their headers, or `sent` when the handler answered by itself. */
export type RawAnswer =
  | {
      kind: 'bytes';
      /** In place of the route's own, for a part of a file or for one that the client has already. */
      status?: number;
      headers: Readonly<Record<string, string>>;
      body: Readable | Buffer | string;
    }
  | { kind: 'sent' };

/** A picture or the like in place of JSON, on a JSON route that declares `otherMediaType`. */
export type OtherMedia = { kind: 'other-media'; body: string };

/**
 * What a handler answers; a refusal that passes with time may say when to come back, a success may take the route's
 * other status.
 */
export type Answered<Value> =
  | Result<Value>
  | { ok: false; refusal: Refusal; retryAfterS: number }
  | { ok: true; value: Value; status: number };

/** What every route states, whatever it answers with. */
type RouteFacts = {
  method: Method;
  url: string;
  access: RouteAccess;
  organisation: OrganisationRule;
  /** Whether it changes state; absent: all but GET do. */
  effect?: 'read' | 'change';
  /**
   * What becomes of an `Idempotency-Key`: `kept` by the gates with the answer, `handed_on` by the handler to a service that
   * keeps it with its effect, or `ignored`. Absent: a change of a known caller is `kept`, everything else ignores it.
   */
  repeats?: Repeats;
  /** The code under which a field at fault is refused; absent: `validation_failed`. */
  invalidAs?: ProblemCode;
  rate?: RateClass;
  /** The largest body; absent: that of the whole app. */
  bodyLimitBytes?: number;
  summary: string;
  tag: string;
  /** A request that works; shown in the documentation and used by the generated tests. */
  example?: { body?: unknown; query?: Readonly<Record<string, string>> };
};

/** Who sees to it that a request with an `Idempotency-Key` has one effect. */
type Repeats = 'kept' | 'handed_on' | 'ignored';

/** A route as data: one list of these serves registration, OpenAPI, the documents and the generated tests. */
export type HttpRoute = Required<Omit<RouteFacts, 'example' | 'invalidAs' | 'bodyLimitBytes'>> & {
  bodyLimitBytes: number | undefined;
  invalidAs: ProblemCode | undefined;
  example: { body?: unknown; query?: Readonly<Record<string, string>> };
  params: z.ZodType;
  query: z.ZodType;
  body: z.ZodType | null;
  reply:
    | { status: number; orStatus?: number; schema: z.ZodType; otherMediaType?: string }
    | { status: number; mediaType: string };
  run(
    input: RouteInput<unknown, unknown, unknown, Principal | null>,
    exchange: { request: FastifyRequest; reply: FastifyReply },
  ): Promise<Answered<unknown>>;
};

type Schemas<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> = {
  params?: Params;
  query?: Query;
  body?: Body;
};

type Handler<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType, Who, Answer> = (
  input: RouteInput<z.output<Params>, z.output<Query>, z.output<Body>, Who>,
) => Promise<Answered<Answer>>;

const nothing = z.strictObject({});
type Nothing = typeof nothing;

/** States a JSON route that needs credentials; a query may let it answer in one other media type. */
export function defineRoute<
  Reply extends z.ZodType,
  Params extends z.ZodType = Nothing,
  Query extends z.ZodType = Nothing,
  Body extends z.ZodType = Nothing,
>(
  definition: RouteFacts &
    Schemas<Params, Query, Body> & {
      access: Exclude<RouteAccess, { kind: 'public' } | { kind: 'delegated' }>;
      /** A success has one status, or a second one (`202` for what goes on after the answer). */
      reply: { status: number; orStatus?: number; schema: Reply; otherMediaType?: string };
      handler: Handler<Params, Query, Body, Principal, z.output<Reply> | OtherMedia>;
    },
): HttpRoute {
  return complete(definition, async (input) => {
    if (input.principal === null) throw new Error(`${definition.url} ran without a principal`);
    return definition.handler(input as Parameters<typeof definition.handler>[0]);
  });
}

/** States a JSON route that anybody may use; its access says why. */
export function definePublicRoute<
  Reply extends z.ZodType,
  Params extends z.ZodType = Nothing,
  Query extends z.ZodType = Nothing,
  Body extends z.ZodType = Nothing,
>(
  definition: RouteFacts &
    Schemas<Params, Query, Body> & {
      access: Extract<RouteAccess, { kind: 'public' }>;
      reply: { status: number; schema: Reply };
      handler: Handler<Params, Query, Body, null, z.output<Reply>>;
    },
): HttpRoute {
  return complete(definition, (input) =>
    definition.handler(input as Parameters<typeof definition.handler>[0]),
  );
}

/** States a route that answers bytes, or that passes the exchange on to somebody else. */
export function defineRawRoute<Params extends z.ZodType = Nothing, Query extends z.ZodType = Nothing>(
  definition: RouteFacts &
    Schemas<Params, Query, Nothing> & {
      reply: { status: number; mediaType: string };
      handler: (
        input: RouteInput<z.output<Params>, z.output<Query>, unknown, Principal | null>,
        exchange: { request: FastifyRequest; reply: FastifyReply },
      ) => Promise<Result<RawAnswer>>;
    },
): HttpRoute {
  return complete(definition, (input, exchange) =>
    definition.handler(input as Parameters<typeof definition.handler>[0], exchange),
  );
}

function complete(
  definition: RouteFacts &
    Schemas<z.ZodType, z.ZodType, z.ZodType> & {
      reply: HttpRoute['reply'];
    },
  run: HttpRoute['run'],
): HttpRoute {
  const reads = definition.method === 'GET';
  const effect = definition.effect ?? (reads ? 'read' : 'change');
  const known = definition.access.kind === 'permission' || definition.access.kind === 'signed-in';
  return {
    method: definition.method,
    url: definition.url,
    access: definition.access,
    organisation: definition.organisation,
    invalidAs: definition.invalidAs,
    bodyLimitBytes: definition.bodyLimitBytes,
    effect,
    repeats: definition.repeats ?? (effect === 'change' && known ? 'kept' : 'ignored'),
    rate: definition.rate ?? (reads ? 'read' : 'create'),
    summary: definition.summary,
    tag: definition.tag,
    example: definition.example ?? {},
    params: definition.params ?? nothing,
    query: definition.query ?? nothing,
    body: definition.body ?? null,
    reply: definition.reply,
    run,
  };
}
