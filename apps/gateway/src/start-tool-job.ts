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
import { visibleRun } from './visible-run.ts';

/** Past this a tool is no longer answered within the request. */
const immediateMs = 5_000;
/** For the way there and back. */
const onTheWayMs = 1_000;

type Order = z.output<typeof createToolJobSchema>;
/** An order whose tool is not known by its type. */
type ToolOrder = Pick<Order, 'tool' | 'ttl_hours' | 'priority' | 'depends_on' | 'on_failure'> & {
  params: unknown;
};
type Created = z.output<(typeof toolJobsRpc)['createToolJob']['reply']>;
/** How a tool ended that was answered within the request. */
type Answered = { ending: ToolEnding; duration_ms: number };
/** Who asks, and under which key a repeat of the request is the same request. */
export type Asker = { principal: Principal; traceparent: string; idempotencyKey: string | undefined };

/**
 * Starts a tool: an immediate one is answered at once and recorded; one that takes too long, or that nobody is there to
 * answer, becomes a job that begins anew, which does no harm since immediate tools only compute.
 */
export async function startToolJob(ask: Ask, asker: Asker, order: Order): Promise<Result<Created>> {
  const { tool } = order;
  const params = paramsOf(order);
  const seen = await visibleRunOf(ask, asker, { tool, params });
  if (!seen.ok) return seen;
  // What waits for others cannot be answered at once.
  const ended =
    order.depends_on === undefined
      ? await answeredAtOnce(ask, asker, { tool, params, withinMs: immediateMs })
      : accept(null);
  return ended.ok ? recordToolJob(ask, asker, { order, ended: ended.value }) : ended;
}

/** A tool that reads a run is refused for one that the caller cannot see, in the words for what does not exist. */
export async function visibleRunOf(
  ask: Ask,
  asker: Pick<Asker, 'principal' | 'traceparent'>,
  { tool, params }: { tool: ToolName; params: Record<string, unknown> },
): Promise<Result<unknown>> {
  const runId = toolEntry(tool).readsRun?.(params);
  return runId === undefined ? accept(null) : visibleRun(ask, asker, runId);
}

/** Records a job of a tool: one that has ended already, or one that waits for whoever does it. */
export async function recordToolJob(
  ask: Ask,
  asker: Asker,
  { order, ended }: { order: ToolOrder; ended: Answered | null },
): Promise<Result<Created>> {
  const { tool, ttl_hours, priority, depends_on, on_failure } = order;
  const { idempotencyKey: key } = asker;
  return ask(asker, {
    service: 'jobs',
    contract: toolJobsRpc.createToolJob,
    body: {
      tool,
      params: paramsOf(order),
      ttl_hours,
      priority,
      depends_on,
      on_failure,
      ...(ended === null ? {} : { ended }),
      ...(key === undefined ? {} : { idempotency: { key, body_hash: canonicalSha256({ tool_job: order }) } }),
    },
  });
}

/** How the tool ended; null when it has to become a job. A refusal of the tool itself is handed on. */
export async function answeredAtOnce(
  ask: Ask,
  asker: Asker,
  { tool, params, withinMs }: { tool: ToolName; params: Record<string, unknown>; withinMs: number },
): Promise<Result<Answered | null>> {
  const { mode, queue } = toolEntry(tool);
  if (mode === 'job') return accept(null);
  const answer = await ask(asker, {
    service: queue,
    contract: toolRpc.runTool,
    body: { tool, params, within_ms: withinMs },
    timeoutMs: withinMs + onTheWayMs,
  });
  if (!answer.ok) return answer.refusal.code === 'dependency_unavailable' ? accept(null) : answer;
  return accept(answer.value.kind === 'too_slow' ? null : answer.value);
}

/** Every tool's parameters are an object; the union of their schemas only knows that they are something. */
function paramsOf(order: ToolOrder): Record<string, unknown> {
  return { ...(order.params as Record<string, unknown>) };
}
