import { refuse, type Caller, type Result, type toolJobsRpc } from '@spectra/schemas';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import type { ToolJobAnswer } from '../tool-desk.ts';

type Body = z.output<(typeof toolJobsRpc)['createToolJob']['request']>;

/** Postgres keeps no zero characters and no halves of characters in JSON. */
const unstorable = /\\u0000|\\ud[89a-f]/i;

/** Queues a job of a tool, or records one that was answered within the request. */
export async function createToolJob(
  { tools }: AbilityContext,
  request: { caller: Caller; traceparent: string; body: Body },
): Promise<Result<ToolJobAnswer>> {
  const { caller, traceparent, body } = request;
  const { orgId, userId } = caller;
  if (unstorable.test(JSON.stringify(body.params))) {
    return refuse('validation_failed', 'params: holds characters that cannot be stored', [
      { path: 'params', message: 'holds characters that cannot be stored' },
    ]);
  }
  const { idempotency, ended } = body;
  return tools.create({
    orgId,
    userId,
    idempotency: idempotency === undefined ? null : { key: idempotency.key, bodyHash: idempotency.body_hash },
    wanted: {
      orgId,
      userId,
      tool: body.tool,
      params: body.params,
      ttlHours: body.ttl_hours,
      priority: body.priority,
      ended: ended === undefined ? null : { ending: ended.ending, durationMs: ended.duration_ms },
      retryOf: null,
      traceparent,
    },
  });
}
