import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import { reachOf } from '@spectra/policy';
import {
  accept,
  jobsRpc,
  jobStatusSchema,
  processRpc,
  runWarningSchema,
  splitRunRequest,
} from '@spectra/schemas';
import { z } from 'zod';
import type { Ask } from '../ask.ts';
import { canonicalSha256 } from '../canonical-json.ts';
import { latestTelemetry } from '../latest-telemetry.ts';
import type { ProcessDoor } from '../process-doors.ts';
import { runBatchRoutes } from './run-batch-routes.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';
import { queuedMessage, runLinks, runView, runViewSchema } from '../views/run-view.ts';
import { wholePage } from '../whole-page.ts';

const runParams = z.strictObject({ run_id: z.string().min(1).max(64) });
const cancelReply = z.object({
  job_id: z.uuid(),
  run_id: z.string().nullable(),
  status: jobStatusSchema,
  cancel_requested: z.boolean(),
  message: z.string(),
});

/** The routes that every process has: one factory, so that no process differs by accident. */
export function processRoutes(door: ProcessDoor, ask: Ask): HttpRoute[] {
  return [
    createRun(door, ask),
    ...runBatchRoutes(door, ask),
    listRuns(door, ask),
    getRun(door, ask),
    ...stopRoutes(door, ask),
  ];
}

function createRun(door: ProcessDoor, ask: Ask): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: `/api/${door.process}/runs`,
    access: { kind: 'permission', anyOf: [door.permissions.createRun] },
    repeats: 'handed_on',
    organisation: 'collection',
    summary: `${door.title}: check a recipe and queue a run`,
    tag: door.process,
    body: door.runRequest,
    example: { body: door.example },
    reply: {
      status: 202,
      schema: z.object({
        run_id: z.string(),
        job_id: z.uuid(),
        status: jobStatusSchema,
        created_at: z.string(),
        message: z.string(),
        position_in_queue: z.int().nullable(),
        estimated_start: z.string().nullable(),
        warnings: z.array(runWarningSchema),
        links: z.record(z.string(), z.string()),
      }),
    },
    async handler(input) {
      const { recipe, options } = splitRunRequest(input.body);
      const prepared = await ask(input, {
        service: door.process,
        contract: processRpc.prepareRun,
        body: { recipe, options },
      });
      if (!prepared.ok) return prepared;
      const created = await ask(input, {
        service: 'jobs',
        contract: jobsRpc.createRun,
        body: {
          process: door.process,
          job_type: door.jobType,
          prepared: prepared.value,
          options,
          ...idempotencyOf(door, input),
        },
      });
      if (!created.ok) return created;
      const message = queuedMessage(created.value.position_in_queue);
      return accept({ ...created.value, message, links: runLinks(created.value, door) });
    },
  });
}

function idempotencyOf(door: ProcessDoor, input: { idempotencyKey: string | undefined; body: unknown }) {
  if (input.idempotencyKey === undefined) return {};
  const body_hash = canonicalSha256({ process: door.process, body: input.body });
  return { idempotency: { key: input.idempotencyKey, body_hash } };
}

function listRuns(door: ProcessDoor, ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: `/api/${door.process}/runs`,
    access: { kind: 'permission', anyOf: [door.permissions.viewRun] },
    organisation: 'collection',
    summary: `${door.title}: list runs, newest first`,
    tag: door.process,
    query: z.strictObject({ status: jobStatusSchema.optional(), ...limitOffset }),
    reply: { status: 200, schema: z.object({ runs: z.array(runViewSchema(door)), ...listFacts }) },
    async handler(input) {
      const { limit, offset, status } = input.query;
      const found = await wholePage({ limit, offset }, (part) =>
        ask(input, {
          service: 'jobs',
          contract: jobsRpc.listRuns,
          body: { process: door.process, status, ...part },
        }),
      );
      if (!found.ok) return found;
      const runs = found.value.items.map((run) => runView(run, door));
      return accept({ runs, ...factsOf(found.value, { limit, offset }) });
    },
  });
}

function getRun(door: ProcessDoor, ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: `/api/${door.process}/runs/:run_id`,
    access: { kind: 'permission', anyOf: [door.permissions.viewRun] },
    organisation: 'resource',
    summary: `${door.title}: a run with its status, metrics, newest telemetry and artifacts`,
    tag: door.process,
    params: runParams,
    reply: { status: 200, schema: runViewSchema(door) },
    async handler(input) {
      const found = await ask(input, {
        service: 'jobs',
        contract: jobsRpc.getRun,
        body: { run_id: input.params.run_id, process: door.process },
      });
      if (!found.ok) return found;
      const latest = await latestTelemetry(ask, input, { run: found.value, door });
      return accept({ ...runView(found.value, door), latest_telemetry: latest });
    },
  });
}

/** Cancelling asks for permission over the run; aborting (safe stop) is open to whoever stands at the tool. */
function stopRoutes(door: ProcessDoor, ask: Ask): HttpRoute[] {
  const run = `/api/${door.process}/runs/:run_id`;
  const ways = [
    { method: 'DELETE', url: run, permission: door.permissions.cancelRun, reason: 'cancelled' },
    { method: 'POST', url: `${run}/abort`, permission: door.permissions.abort, reason: 'aborted' },
  ] as const;
  return ways.map(({ method, url, permission, reason }) =>
    defineRoute({
      method,
      url,
      access: { kind: 'permission', anyOf: [permission] },
      organisation: 'resource',
      summary: `${door.title}: a run is ${reason}; the tool goes to its safe state, the record stays`,
      tag: door.process,
      params: runParams,
      reply: { status: 202, schema: cancelReply },
      async handler(input) {
        const { caller } = input.principal;
        const stopped = await ask(input, {
          service: 'jobs',
          contract: jobsRpc.cancel,
          body: {
            run_id: input.params.run_id,
            process: door.process,
            own_only: reachOf(caller, permission) === 'own',
            reason: `${reason} by ${caller.userId}`,
          },
        });
        if (!stopped.ok) return stopped;
        return accept({ ...stopped.value, message: stopMessage(stopped.value.status) });
      },
    }),
  );
}

/** What a cancel means for a job in the state that it has now. */
export function stopMessage(status: string): string {
  return status === 'cancelled'
    ? 'Cancelled before it started.'
    : 'Stopping; the tool goes to its safe state.';
}
