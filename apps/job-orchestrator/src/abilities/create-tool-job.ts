import type { Caller, Refusal, Result, toolJobsRpc } from '@spectra/schemas';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import type { ToolJobAnswer } from '../tool-desk.ts';
import { dependenciesOf } from './dependencies-of.ts';

type Body = z.output<(typeof toolJobsRpc)['createToolJob']['request']>;

/** Postgres keeps no zero characters and no halves of characters in JSON. */
const unstorable = /\\u0000|\\ud[89a-f]/i;

/** Queues a job of a tool, or records one that was answered within the request. */
export async function createToolJob(
  context: AbilityContext,
  request: { caller: Caller; traceparent: string; body: Body },
): Promise<Result<ToolJobAnswer>> {
  const { caller, traceparent, body } = request;
  const { orgId, userId } = caller;
  const unstorableParams = paramsRefusal(body.params);
  if (unstorableParams !== null) return { ok: false, refusal: unstorableParams };
  const dependsOn = await dependenciesOf(context, caller, body.depends_on);
  if (!dependsOn.ok) return dependsOn;
  const { idempotency, ended } = body;
  const created = await context.tools.create({
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
      dependsOn: dependsOn.value,
      onFailure: body.on_failure,
    },
  });
  // What it depends on may have ended before it was stored.
  context.lookBehind(dependsOn.value.map((link) => link.jobId));
  return created;
}

/** The refusal of parameters that Postgres cannot keep; null for all others. */
export function paramsRefusal(params: Record<string, unknown>): Refusal | null {
  if (!unstorable.test(JSON.stringify(params))) return null;
  const message = 'holds characters that cannot be stored';
  return { code: 'validation_failed', detail: `params: ${message}`, errors: [{ path: 'params', message }] };
}
