import type { Principal } from '@spectra/http-kit';
import {
  accept,
  toolEntry,
  toolJobsRpc,
  toolRpc,
  type createToolJobSchema,
  type Result,
  type ToolEnding,
  type ToolName,
} from '@spectra/schemas';
import type { z } from 'zod';
import type { Ask } from './ask.ts';
import { canonicalSha256 } from './canonical-json.ts';

/** Past this a tool is no longer answered within the request. */
const immediateMs = 5_000;
/** For the way there and back. */
const onTheWayMs = 1_000;

type Order = z.output<typeof createToolJobSchema>;
type Created = z.output<(typeof toolJobsRpc)['createToolJob']['reply']>;
type Asker = { principal: Principal; traceparent: string; idempotencyKey: string | undefined };

/**
 * Starts a tool: an immediate one is answered at once and recorded; one that takes too long, or that nobody is there to
 * answer, becomes a job that begins anew, which does no harm since immediate tools only compute.
 */
export async function startToolJob(ask: Ask, asker: Asker, order: Order): Promise<Result<Created>> {
  const { tool, ttl_hours, priority } = order;
  // Every tool's parameters are an object; the union of their schemas only knows that they are something.
  const params = { ...(order.params as Record<string, unknown>) };
  const ended = await answeredAtOnce(ask, asker, { tool, params });
  if (!ended.ok) return ended;
  const { idempotencyKey: key } = asker;
  return ask(asker, {
    service: 'jobs',
    contract: toolJobsRpc.createToolJob,
    body: {
      tool,
      params,
      ttl_hours,
      priority,
      ...(ended.value === null ? {} : { ended: ended.value }),
      ...(key === undefined ? {} : { idempotency: { key, body_hash: canonicalSha256({ tool_job: order }) } }),
    },
  });
}

/** How the tool ended; null when it has to become a job. A refusal of the tool itself is handed on. */
async function answeredAtOnce(
  ask: Ask,
  asker: Asker,
  { tool, params }: { tool: ToolName; params: Record<string, unknown> },
): Promise<Result<{ ending: ToolEnding; duration_ms: number } | null>> {
  const { mode, queue } = toolEntry(tool);
  if (mode === 'job') return accept(null);
  const answer = await ask(asker, {
    service: queue,
    contract: toolRpc.runTool,
    body: { tool, params, within_ms: immediateMs },
    timeoutMs: immediateMs + onTheWayMs,
  });
  if (!answer.ok) return answer.refusal.code === 'dependency_unavailable' ? accept(null) : answer;
  return accept(answer.value.kind === 'too_slow' ? null : answer.value);
}
