import { defineRawRoute, defineRoute, type HttpRoute, type Principal } from '@spectra/http-kit';
import { keyOfUri, type ObjectStore } from '@spectra/object-store';
import { anyToolPermission, mayUseTool } from '@spectra/policy';
import {
  accept,
  createToolJobSchema,
  refuse,
  toolJobsRpc,
  toolNameSchema,
  toolRegistry,
  type Result,
  type ToolJobRecord,
} from '@spectra/schemas';
import { z } from 'zod';
import type { Ask } from '../ask.ts';
import { artifactAnswer } from '../file-answer.ts';
import { requestCancel } from '../request-cancel.ts';
import { startToolJob } from '../start-tool-job.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';
import { statusesOfV1, v1StatusOf, v1Statuses } from '../views/status-views.ts';
import {
  createdToolJobView,
  listedToolJob,
  listedToolJobSchema,
  toolJobView,
  toolJobViewSchema,
} from '../views/tool-job-view.ts';

import { toolBatchRoutes } from './tool-batch-routes.ts';

const params = z.strictObject({ job_id: z.uuid() });
const oneJob = { organisation: 'resource', tag: 'tools', params } as const;
const viewJobs = { kind: 'permission', anyOf: ['job:view_status'] } as const;

/** Jobs of tools: what needs no run and no wafer (R3). */
export function toolJobRoutes(ask: Ask, objectStore: ObjectStore): HttpRoute[] {
  return [
    createJob(ask),
    ...toolBatchRoutes(ask),
    listJobs(ask),
    getJob(ask),
    getResult(ask, objectStore),
    getFile(ask, objectStore),
    cancelJob(ask),
  ];
}

function createJob(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/v1/jobs',
    access: { kind: 'permission', anyOf: anyToolPermission },
    repeats: 'handed_on',
    organisation: 'collection',
    invalidAs: 'invalid_parameters',
    summary: 'Use a tool: 200 with its result when it answers at once, 202 when it goes on as a job',
    tag: 'tools',
    body: createToolJobSchema,
    example: { body: { tool: 'ping', params: toolRegistry.ping.example, ttl_hours: 24, priority: 0 } },
    reply: {
      status: 200,
      orStatus: 202,
      schema: z.object({
        job_id: z.uuid(),
        tool: toolNameSchema,
        status: z.enum(v1Statuses),
        priority: z.int(),
        ttl_hours: z.int(),
        created_at: z.string(),
        expires_at: z.string(),
        /** In seconds. */
        estimated_duration: z.number().optional(),
        /** Null for a job that waits for others. */
        position_in_queue: z.int().nullable().optional(),
        estimated_start: z.string().nullable().optional(),
        /** The ended job with its result, when it was answered at once. */
        job: toolJobViewSchema.optional(),
        links: z.record(z.string(), z.string()),
      }),
    },
    async handler(input) {
      const allowed = mayUseTool(input.principal.caller, input.body.tool);
      if (!allowed.ok) return allowed;
      const created = await startToolJob(ask, input, input.body);
      if (!created.ok) return created;
      const told = createdToolJobView(created.value, input.body);
      const { job_id, status } = created.value;
      if (status === 'completed' || status === 'failed') {
        const job = await readJob(ask, input, job_id);
        return job.ok ? accept({ ...told, job: toolJobView(job.value) }) : job;
      }
      const { position_in_queue, estimated_start, estimated_duration_s: estimated_duration } = created.value;
      return { ...accept({ ...told, estimated_duration, position_in_queue, estimated_start }), status: 202 };
    },
  });
}

function listJobs(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/v1/jobs',
    access: viewJobs,
    organisation: 'collection',
    summary: 'Jobs of tools, newest first, without their results',
    tag: 'tools',
    query: z.strictObject({ status: z.enum(v1Statuses).optional(), ...limitOffset }),
    reply: { status: 200, schema: z.object({ jobs: z.array(listedToolJobSchema), ...listFacts }) },
    async handler(input) {
      const { status, limit, offset } = input.query;
      const found = await ask(input, {
        service: 'jobs',
        contract: toolJobsRpc.listToolJobs,
        body: { ...(status === undefined ? {} : { statuses: statusesOfV1(status) }), limit, offset },
      });
      if (!found.ok) return found;
      const jobs = found.value.items.map(listedToolJob);
      return accept({ jobs, ...factsOf(found.value, { limit, offset }) });
    },
  });
}

function getJob(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneJob,
    method: 'GET',
    url: '/v1/jobs/:job_id',
    access: viewJobs,
    summary: 'A job of a tool with its progress from 0.0 to 1.0, and its result once it is there',
    reply: { status: 200, schema: toolJobViewSchema },
    async handler(input) {
      const found = await readJob(ask, input, input.params.job_id);
      return found.ok ? accept(toolJobView(found.value)) : found;
    },
  });
}

function getResult(ask: Ask, objectStore: ObjectStore): HttpRoute {
  return defineRawRoute({
    ...oneJob,
    method: 'GET',
    url: '/v1/jobs/:job_id/result',
    access: viewJobs,
    summary: 'The result of a completed job alone, whatever its size',
    reply: { status: 200, mediaType: 'application/json' },
    async handler(input) {
      const { principal, traceparent } = input;
      if (principal === null) throw new Error('a result was asked for without a principal');
      const found = await readJob(ask, { principal, traceparent }, input.params.job_id);
      if (!found.ok) return found;
      const { status, result, artifacts } = found.value;
      if (status !== 'completed') return refuse('conflict', `The job is ${v1StatusOf(status)}.`);
      const file = artifacts.find((artifact) => artifact.kind === 'result');
      if (file === undefined) return accept({ kind: 'bytes', headers: {}, body: JSON.stringify(result) });
      const stored = await objectStore.get(keyOfUri(file.uri)).catch(() => undefined);
      if (stored === undefined) return refuse('dependency_unavailable', 'The object store is not reachable.');
      if (stored === null) return refuse('not_found', 'The bytes of this result are not in the store.');
      const headers = { 'content-length': String(stored.sizeBytes), etag: `"${file.sha256}"` };
      return accept({ kind: 'bytes', headers, body: stored.stream });
    },
  });
}

function getFile(ask: Ask, objectStore: ObjectStore): HttpRoute {
  return defineRawRoute({
    ...oneJob,
    method: 'GET',
    url: '/v1/jobs/:job_id/files/:artifact_id',
    params: params.extend({ artifact_id: z.uuid() }),
    access: viewJobs,
    summary: 'A file that a job left beside its result',
    reply: { status: 200, mediaType: 'application/octet-stream' },
    async handler(input, exchange) {
      const { principal, traceparent } = input;
      if (principal === null) throw new Error('a file was asked for without a principal');
      const found = await readJob(ask, { principal, traceparent }, input.params.job_id);
      if (!found.ok) return found;
      const file = found.value.artifacts.find((one) => one.artifact_id === input.params.artifact_id);
      return file === undefined
        ? refuse('not_found', 'There is no such file.')
        : artifactAnswer(objectStore, file, exchange);
    },
  });
}

function cancelJob(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneJob,
    method: 'DELETE',
    url: '/v1/jobs/:job_id',
    access: { kind: 'permission', anyOf: ['job:cancel'] },
    summary: 'Cancel a pending or running job; its record stays until it expires',
    reply: {
      status: 202,
      schema: z.object({ job_id: z.uuid(), status: z.enum(v1Statuses), message: z.string() }),
    },
    async handler(input) {
      const stopped = await requestCancel(ask, input, { ...input.params, tool_only: true });
      if (!stopped.ok) return whyNotCancelled(ask, input, stopped);
      const { job_id, status } = stopped.value;
      const message = status === 'cancelled' ? 'Cancelled before it started.' : 'Stopping.';
      return accept({ job_id, status: v1StatusOf(status), message });
    },
  });
}

/** One that has ended is refused so; but it may have expired too, and is then gone for everybody. */
async function whyNotCancelled(
  ask: Ask,
  asker: { params: { job_id: string }; principal: Principal; traceparent: string },
  refused: Result<never>,
): Promise<Result<never>> {
  const found = await readJob(ask, asker, asker.params.job_id);
  return found.ok ? refused : found;
}

/** A job of a tool; a run's job is not found here. */
function readJob(
  ask: Ask,
  asker: { principal: Principal; traceparent: string },
  job_id: string,
): Promise<Result<ToolJobRecord>> {
  return ask(asker, { service: 'jobs', contract: toolJobsRpc.getToolJob, body: { job_id } });
}
