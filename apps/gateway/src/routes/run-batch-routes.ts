import { defineRoute, type HttpRoute, type Principal } from '@spectra/http-kit';
import {
  accept,
  batchLimits,
  batchRpc,
  createdRunSchema,
  processRpc,
  splitRunRequest,
  type PreparedRun,
  type RunOptions,
} from '@spectra/schemas';
import { z } from 'zod';
import type { Ask } from '../ask.ts';
import { batchBodyBytesMax, parseItems, type BatchItem } from '../batch-items.ts';
import { canonicalSha256 } from '../canonical-json.ts';
import { inParallel } from '../in-parallel.ts';
import type { ProcessDoor } from '../process-doors.ts';
import { batchView, batchViewSchema } from '../views/batch-view.ts';
import { queuedMessage, runLinks } from '../views/run-view.ts';

/** Gates that are asked at a time for one batch. */
const gatesAtOnce = 8;
const createTimeoutMs = 20_000;

type Asker = { principal: Principal; traceparent: string };
type Prepared = { prepared: PreparedRun; options: RunOptions };

/** Many runs of one process in one request: all or nothing, or each with its report. */
export function runBatchRoutes(door: ProcessDoor, ask: Ask): HttpRoute[] {
  const create = defineRoute({
    method: 'POST',
    url: `/api/${door.process}/runs:batch`,
    access: { kind: 'permission', anyOf: [door.permissions.createRun] },
    repeats: 'handed_on',
    organisation: 'collection',
    summary: `${door.title}: check and queue up to ${batchLimits.runs} runs, which may depend on each other by key`,
    tag: door.process,
    bodyLimitBytes: batchBodyBytesMax,
    body: bodyOf(door),
    example: { body: { mode: 'all_or_nothing', runs: [{ ...door.example, key: 'first' }] } },
    reply: {
      status: 202,
      orStatus: 200,
      schema: batchViewSchema(
        createdRunSchema.extend({ message: z.string(), links: z.record(z.string(), z.string()) }),
      ),
    },
    async handler(input) {
      const { mode, runs } = input.body;
      const items = parseItems(door.batchedRunRequest, runs);
      const created = await ask(input, {
        service: 'jobs',
        contract: batchRpc.createRuns,
        timeoutMs: createTimeoutMs,
        body: {
          mode: mode ?? 'all_or_nothing',
          process: door.process,
          job_type: door.jobType,
          items: await inParallel(items, gatesAtOnce, (item) => throughGates(ask, input, { door, item })),
          ...idempotencyOf(door, input),
        },
      });
      if (!created.ok) return created;
      const report = batchView(created.value, {
        invalidAs: 'validation_failed',
        viewOf: (run) => ({
          ...run,
          message: queuedMessage(run.position_in_queue),
          links: runLinks(run, door),
        }),
      });
      return report.created > 0 ? accept(report) : { ...accept(report), status: 200 };
    },
  });
  return [create];
}

/** With all or nothing a fault anywhere refuses the request at the door; else each item is looked at for itself. */
function bodyOf(door: ProcessDoor) {
  const list = <Item extends z.ZodType>(item: Item) => z.array(item).min(1).max(batchLimits.runs);
  return z.discriminatedUnion('mode', [
    z.strictObject({
      mode: z.literal('all_or_nothing').optional(),
      runs: list(door.batchedRunRequest),
    }),
    z.strictObject({ mode: z.literal('each'), runs: list(z.record(z.string(), z.unknown())) }),
  ]);
}

async function throughGates(
  ask: Ask,
  asker: Asker,
  { door, item: { key, item } }: { door: ProcessDoor; item: BatchItem<Record<string, unknown>> },
): Promise<BatchItem<Prepared>> {
  if ('refusal' in item) return { key, item };
  const { key: _key, ...body } = item.wanted;
  const { recipe, options } = splitRunRequest(body);
  const prepared = await ask(asker, {
    service: door.process,
    contract: processRpc.prepareRun,
    body: { recipe, options },
  });
  return prepared.ok
    ? { key, item: { wanted: { prepared: prepared.value, options } } }
    : { key, item: { refusal: prepared.refusal } };
}

function idempotencyOf(door: ProcessDoor, input: { idempotencyKey: string | undefined; body: unknown }) {
  if (input.idempotencyKey === undefined) return {};
  const body_hash = canonicalSha256({ process: door.process, run_batch: input.body });
  return { idempotency: { key: input.idempotencyKey, body_hash } };
}
