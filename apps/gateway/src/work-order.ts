import type { Principal } from '@spectra/http-kit';
import { can, mayUseTool } from '@spectra/policy';
import {
  accept,
  createToolJobSchema,
  fieldErrors,
  jobsRpc,
  processRpc,
  refuse,
  splitRunRequest,
  toolJobsRpc,
  type Caller,
  type JobStatus,
  type Result,
  type WorkOrder,
  type WorkRequest,
} from '@spectra/schemas';
import type { z } from 'zod';
import type { Ask } from './ask.ts';
import { canonicalSha256 } from './canonical-json.ts';
import { doorOf, processDoors } from './process-doors.ts';
import { visibleRunOf } from './start-tool-job.ts';

/**
 * A request that is carried out later or from a template, parsed as its own route would parse it now; `path` is where
 * it stands in the body. Refused with the permission that its own route would ask for.
 */
export function workOrderOf(caller: Caller, request: WorkRequest, path: string): Result<WorkOrder> {
  return request.kind === 'run' ? runOrder(caller, request, path) : jobOrder(caller, request, path);
}

function runOrder(
  caller: Caller,
  { process, body }: Extract<WorkRequest, { kind: 'run' }>,
  path: string,
): Result<WorkOrder> {
  const door = doorOf(process);
  if (door === null) {
    const one_of = processDoors.map((one) => one.process);
    const error = { path: `${path}.process`, message: 'is no process', value: process, limit: { one_of } };
    return refuse('validation_failed', `${error.path}: ${error.message}`, [error]);
  }
  const { createRun: permission } = door.permissions;
  if (!can(caller, permission)) return refuse('permission_denied', `Permission denied: ${permission}`);
  const parsed = parseAt(door.runRequest, body, `${path}.body`);
  if (!parsed.ok) return parsed;
  return accept({
    kind: 'run',
    process,
    job_type: door.jobType,
    permission,
    ...splitRunRequest(parsed.value),
  });
}

function jobOrder(
  caller: Caller,
  { body }: Extract<WorkRequest, { kind: 'job' }>,
  path: string,
): Result<WorkOrder> {
  const parsed = parseAt(createToolJobSchema, body, `${path}.body`);
  if (!parsed.ok) return parsed;
  const allowed = mayUseTool(caller, parsed.value.tool);
  if (!allowed.ok) return allowed;
  // Every tool's parameters are an object; the union of their schemas only knows that they are something.
  const params = { ...(parsed.value.params as Record<string, unknown>) };
  return accept({ kind: 'job', order: { ...parsed.value, params } });
}

function parseAt<Value>(schema: z.ZodType<Value>, input: unknown, path: string): Result<Value> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return accept(parsed.data);
  const errors = fieldErrors(parsed.error, input).map((error) => ({
    ...error,
    path: error.path === '' ? path : `${path}.${error.path}`,
  }));
  const told = errors.slice(0, 3).map((error) => `${error.path}: ${error.message}`);
  return refuse('validation_failed', told.join('; '), errors);
}

type Asker = { principal: Principal; traceparent: string; idempotencyKey: string | undefined };
type Started = { job_id: string; run_id: string | null; status: JobStatus; position_in_queue: number | null };

/** Carries an order out now: through the gates of its process, or into the queue of its tool. */
export async function startWork(ask: Ask, asker: Asker, order: WorkOrder): Promise<Result<Started>> {
  const { idempotencyKey: key } = asker;
  const idempotency =
    key === undefined ? {} : { idempotency: { key, body_hash: canonicalSha256({ work: order }) } };
  if (order.kind === 'job') {
    const seen = await visibleRunOf(ask, asker, order.order);
    if (!seen.ok) return seen;
    const body = { ...order.order, ...idempotency };
    const made = await ask(asker, { service: 'jobs', contract: toolJobsRpc.createToolJob, body });
    return made.ok ? accept({ ...made.value, run_id: null }) : made;
  }
  const { process, job_type, recipe, options } = order;
  const prepared = await ask(asker, {
    service: process,
    contract: processRpc.prepareRun,
    body: { recipe, options },
  });
  if (!prepared.ok) return prepared;
  return ask(asker, {
    service: 'jobs',
    contract: jobsRpc.createRun,
    body: { process, job_type, prepared: prepared.value, options, ...idempotency },
  });
}
