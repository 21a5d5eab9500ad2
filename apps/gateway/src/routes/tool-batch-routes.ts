import { defineRoute, type HttpRoute, type Principal } from '@spectra/http-kit';
import { anyToolPermission, mayUseTool } from '@spectra/policy';
import {
  accept,
  batchedToolJobSchema,
  batchLimits,
  batchRpc,
  toolNameSchema,
  toolRegistry,
  type ToolOrder,
} from '@spectra/schemas';
import { z } from 'zod';
import type { Ask } from '../ask.ts';
import { batchBodyBytesMax, parseItems, type BatchItem } from '../batch-items.ts';
import { canonicalSha256 } from '../canonical-json.ts';
import { inParallel } from '../in-parallel.ts';
import { visibleRunOf } from '../start-tool-job.ts';
import { batchView, batchViewSchema } from '../views/batch-view.ts';
import { v1Statuses } from '../views/status-views.ts';
import { createdToolJobView } from '../views/tool-job-view.ts';

/** Runs that are looked for at a time, for tools that read one. */
const askedAtOnce = 8;
const createTimeoutMs = 20_000;

const createdSchema = z.object({
  job_id: z.uuid(),
  tool: toolNameSchema,
  status: z.enum(v1Statuses),
  priority: z.int(),
  ttl_hours: z.int(),
  created_at: z.string(),
  expires_at: z.string(),
  estimated_duration: z.number(),
  position_in_queue: z.int().nullable(),
  estimated_start: z.string().nullable(),
  links: z.record(z.string(), z.string()),
});

/** With all or nothing a fault anywhere refuses the request at the door; else each item is looked at for itself. */
const list = <Item extends z.ZodType>(item: Item) => z.array(item).min(1).max(batchLimits.jobs);
const bodySchema = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('all_or_nothing').optional(), jobs: list(batchedToolJobSchema) }),
  z.strictObject({ mode: z.literal('each'), jobs: list(z.record(z.string(), z.unknown())) }),
]);

/** Many jobs of tools in one request. None is answered at once: each becomes a job. */
export function toolBatchRoutes(ask: Ask): HttpRoute[] {
  const create = defineRoute({
    method: 'POST',
    url: '/v1/jobs:batch',
    access: { kind: 'permission', anyOf: anyToolPermission },
    repeats: 'handed_on',
    organisation: 'collection',
    invalidAs: 'invalid_parameters',
    summary: `Queue up to ${batchLimits.jobs} jobs of tools, which may depend on each other by key`,
    tag: 'tools',
    bodyLimitBytes: batchBodyBytesMax,
    body: bodySchema,
    example: {
      body: {
        mode: 'all_or_nothing',
        jobs: [{ tool: 'ping', params: toolRegistry.ping.example, key: 'first' }],
      },
    },
    reply: { status: 202, orStatus: 200, schema: batchViewSchema(createdSchema) },
    async handler(input) {
      const { mode, jobs } = input.body;
      const parsed = parseItems(batchedToolJobSchema, jobs);
      const items = await inParallel(parsed, askedAtOnce, (item) => orderOf(ask, input, item));
      const created = await ask(input, {
        service: 'jobs',
        contract: batchRpc.createToolJobs,
        timeoutMs: createTimeoutMs,
        body: { mode: mode ?? 'all_or_nothing', items, ...idempotencyOf(input) },
      });
      if (!created.ok) return created;
      const report = batchView(created.value, {
        invalidAs: 'invalid_parameters',
        viewOf: ({ estimated_duration_s, ...job }, index) => {
          const item = items[index]?.item;
          if (item === undefined || !('wanted' in item)) throw new Error('a refused item was created');
          const { position_in_queue, estimated_start } = job;
          const estimate = { estimated_duration: estimated_duration_s, position_in_queue, estimated_start };
          return { ...createdToolJobView(job, item.wanted), ...estimate };
        },
      });
      return report.created > 0 ? accept(report) : { ...accept(report), status: 200 };
    },
  });
  return [create];
}

/** What the orchestrator is asked to make of an item; permission and sight are those of each tool. */
async function orderOf(
  ask: Ask,
  asker: { principal: Principal; traceparent: string },
  { key, item }: BatchItem<z.output<typeof batchedToolJobSchema>>,
): Promise<BatchItem<ToolOrder>> {
  if ('refusal' in item) return { key, item };
  const { key: _key, params: given, ...order } = item.wanted;
  const allowed = mayUseTool(asker.principal.caller, order.tool);
  if (!allowed.ok) return { key, item: { refusal: allowed.refusal } };
  // Every tool's parameters are an object; the union of their schemas only knows that they are something.
  const params = { ...(given as Record<string, unknown>) };
  const seen = await visibleRunOf(ask, asker, { tool: order.tool, params });
  return seen.ok ? { key, item: { wanted: { ...order, params } } } : { key, item: { refusal: seen.refusal } };
}

function idempotencyOf(input: { idempotencyKey: string | undefined; body: unknown }) {
  if (input.idempotencyKey === undefined) return {};
  const body_hash = canonicalSha256({ tool_batch: input.body });
  return { idempotency: { key: input.idempotencyKey, body_hash } };
}
