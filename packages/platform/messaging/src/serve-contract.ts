import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import {
  fieldErrors,
  refuse,
  rpcGroupSchema,
  rpcRequestSchema,
  rpcSubject,
  type Result,
  type RpcContract,
} from '@spectra/schemas';
import { startSpan, traceIdOf, type Logger } from '@spectra/service-kit';
import type { z } from 'zod';
import type { Handler, Request } from './messaging.ts';

type Source<Body extends z.ZodType, Reply extends z.ZodType> = {
  connection: NatsConnection;
  logger: Logger;
  isAway: (fault: unknown) => boolean;
  service: string;
  contract: RpcContract<Body, Reply>;
};

/** Answers one ability of a service; the queue group lets several instances share the requests. */
export function serveContract<Body extends z.ZodType, Reply extends z.ZodType>(
  source: Source<Body, Reply>,
  handler: Handler<Body, Reply>,
): () => Promise<void> {
  const { connection, logger, service, contract } = source;
  const inHand = new Set<Promise<void>>();
  const subscription: Subscription = connection.subscribe(rpcSubject(service, contract.verb), {
    queue: service,
    callback: (error, message) => {
      if (error !== null) {
        logger.error({ err: error, service, verb: contract.verb }, 'the subscription failed');
        return;
      }
      keepUntilDone(inHand, answer(source, handler, message));
    },
  });
  return async () => {
    if (!subscription.isClosed() && !connection.isClosed()) await subscription.drain();
    await Promise.all(inHand);
  };
}

function keepUntilDone(inHand: Set<Promise<void>>, work: Promise<void>): void {
  inHand.add(work);
  void work.finally(() => inHand.delete(work));
}

async function answer<Body extends z.ZodType, Reply extends z.ZodType>(
  source: Source<Body, Reply>,
  handler: Handler<Body, Reply>,
  message: Msg,
): Promise<void> {
  const { connection, logger, service, contract } = source;
  const rpc = `${service}.${contract.verb}`;
  let reply = JSON.stringify(await replyTo(source, handler, message));
  const limit = connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
  if (Buffer.byteLength(reply) > limit) {
    logger.error({ rpc, limit }, 'an answer is larger than a message may be');
    reply = JSON.stringify(refuse('internal', 'The answer is larger than a message may be'));
  }
  try {
    message.respond(reply);
  } catch (error) {
    // The connection was closed meanwhile; whoever asked is told by its own time limit.
    logger.warn({ rpc, err: error }, 'an answer could not be sent');
  }
}

async function replyTo<Body extends z.ZodType, Reply extends z.ZodType>(
  source: Source<Body, Reply>,
  handler: Handler<Body, Reply>,
  message: Msg,
): Promise<Result<unknown> | { group: Result<unknown>[] }> {
  let received: unknown;
  try {
    received = message.json();
  } catch {
    return refuse('validation_failed', 'The request is not JSON');
  }
  const group = source.contract.grouped ? rpcGroupSchema.safeParse(received) : null;
  if (group === null || !group.success) return decide(source, handler, received);
  return { group: await Promise.all(group.data.group.map((one) => decide(source, handler, one))) };
}

async function decide<Body extends z.ZodType, Reply extends z.ZodType>(
  { logger, isAway, service, contract }: Source<Body, Reply>,
  handler: Handler<Body, Reply>,
  received: unknown,
): Promise<Result<unknown>> {
  const request = parse(contract, received);
  if (!request.ok) return request;
  const name = `${service}.${contract.verb}`;
  const span = startSpan({
    name,
    kind: 'server',
    under: request.value,
    attributes: { 'rpc.system': 'nats', 'rpc.service': service, 'rpc.method': contract.verb },
  });
  try {
    const result = await handler({ ...request.value, traceparent: span.traceparent });
    if (!result.ok) span.end(`${result.refusal.code}: ${result.refusal.detail}`);
    return result;
  } catch (error) {
    if (isAway(error)) {
      logger.warn({ rpc: name, err: error }, 'a handler could not reach what it needs');
      return refuse('dependency_unavailable', `${service} cannot reach its database at the moment`);
    }
    logger.error(
      { rpc: name, err: error, traceId: traceIdOf(request.value.traceparent) },
      'a handler failed',
    );
    span.end('the handler failed');
  } finally {
    span.end();
  }
  return refuse('internal', `${name} failed; the service's log tells why`);
}

function parse<Body extends z.ZodType>(
  contract: RpcContract<Body>,
  received: unknown,
): Result<Request<Body>> {
  const envelope = rpcRequestSchema.safeParse(received);
  if (!envelope.success) {
    return refuse('validation_failed', 'The request is not valid', fieldErrors(envelope.error, received));
  }
  const body = contract.request.safeParse(envelope.data.body);
  if (!body.success) {
    return refuse(
      'validation_failed',
      'The request is not valid',
      fieldErrors(body.error, envelope.data.body),
    );
  }
  const { caller, traceparent } = envelope.data;
  return { ok: true, value: { caller, traceparent, body: body.data } };
}
