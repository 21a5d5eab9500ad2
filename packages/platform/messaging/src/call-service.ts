import { NoRespondersError, RequestError, TimeoutError } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  refuse,
  rpcGroupReplySchema,
  rpcReplySchema,
  rpcSubject,
  type Result,
  type RpcContract,
} from '@spectra/schemas';
import { startSpan, untracedTraceparent, type Logger } from '@spectra/service-kit';
import type { z } from 'zod';
import { createCallGroup, type CallGroup } from './call-groups.ts';
import type { Call } from './messaging.ts';

/** A request that got no answer within this time is refused. */
const defaultTimeoutMs = 5_000;

/** The groups in which the requests of a connection travel, by subject. */
export type CallGroups = Map<string, CallGroup>;

type Target<Body extends z.ZodType, Reply extends z.ZodType> = {
  connection: NatsConnection;
  groups: CallGroups;
  logger: Logger;
  service: string;
  contract: RpcContract<Body, Reply>;
};

/** Asks a service for one of its abilities and checks its answer by the contract; the service checks the body. */
export async function callService<Body extends z.ZodType, Reply extends z.ZodType>(
  target: Target<Body, Reply>,
  request: Call<Body>,
): Promise<Result<z.output<Reply>>> {
  const { service, contract } = target;
  const span = startSpan({
    name: `${service}.${contract.verb}`,
    kind: 'client',
    under: { traceparent: request.traceparent ?? untracedTraceparent() },
    attributes: { 'rpc.system': 'nats', 'rpc.service': service, 'rpc.method': contract.verb },
  });
  try {
    const result = await askChecked(target, { ...request, traceparent: span.traceparent });
    if (!result.ok) span.end(`${result.refusal.code}: ${result.refusal.detail}`);
    return result;
  } finally {
    span.end();
  }
}

async function askChecked<Body extends z.ZodType, Reply extends z.ZodType>(
  target: Target<Body, Reply>,
  request: Call<Body> & { traceparent: string },
): Promise<Result<z.output<Reply>>> {
  const { service, contract, logger } = target;
  const answer = await ask(target, request);
  if (!answer.ok) return answer;
  const reply = rpcReplySchema.safeParse(answer.value);
  if (reply.success && !reply.data.ok) return reply.data;
  const value = contract.reply.safeParse(reply.success && reply.data.ok ? reply.data.value : undefined);
  if (value.success) return { ok: true, value: value.data };
  logger.error({ service, verb: contract.verb, err: value.error }, 'an answer does not keep its contract');
  return refuse('internal', `The answer of ${service}.${contract.verb} does not keep its contract`);
}

async function ask<Body extends z.ZodType, Reply extends z.ZodType>(
  { connection, groups, service, contract }: Target<Body, Reply>,
  request: Call<Body> & { traceparent: string },
): Promise<Result<unknown>> {
  const text = JSON.stringify({
    caller: request.caller,
    traceparent: request.traceparent,
    body: request.body,
  });
  const limit = connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
  // No character takes more than three bytes, so the short ones need not be measured.
  if (text.length * 3 > limit && Buffer.byteLength(text) > limit) {
    return refuse('payload_too_large', `The request to ${service}.${contract.verb} is too large`);
  }
  const subject = rpcSubject(service, contract.verb);
  const timeoutMs = request.timeoutMs ?? defaultTimeoutMs;
  try {
    if (!contract.grouped)
      return { ok: true, value: await exchange(connection, { subject, text, timeoutMs }) };
    return { ok: true, value: await groupOf(connection, groups, subject).submit(text, timeoutMs) };
  } catch (error) {
    if (isAbsence(error) || connection.isClosed()) {
      return refuse('dependency_unavailable', `The service "${service}" does not answer at the moment`);
    }
    if (error instanceof SyntaxError) return { ok: true, value: undefined };
    throw error;
  }
}

async function exchange(
  connection: NatsConnection,
  { subject, text, timeoutMs }: { subject: string; text: string; timeoutMs: number },
): Promise<unknown> {
  return (await connection.request(subject, text, { timeout: timeoutMs })).json();
}

function groupOf(connection: NatsConnection, groups: CallGroups, subject: string): CallGroup {
  const group = groups.get(subject) ?? createCallGroup((texts, timeoutMs) => sendGroup(texts, timeoutMs));
  groups.set(subject, group);
  return group;

  async function sendGroup(texts: readonly string[], timeoutMs: number): Promise<readonly unknown[]> {
    if (texts.length === 1) return [await exchange(connection, { subject, text: texts[0] ?? '', timeoutMs })];
    const text = `{"group":[${texts.join(',')}]}`;
    const reply = rpcGroupReplySchema.safeParse(await exchange(connection, { subject, text, timeoutMs }));
    // Whoever answers otherwise breaks the contract of each request in it.
    return reply.success ? reply.data.group : [];
  }
}

function isAbsence(error: unknown): boolean {
  return error instanceof TimeoutError || error instanceof NoRespondersError || error instanceof RequestError;
}
