import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import {
  accept,
  deadLetterFilterFields,
  deadLetterSchema,
  jobLogLineSchema,
  jobsRpc,
  jobStatusSchema,
  jobTypeSchema,
  queuesRpc,
} from '@spectra/schemas';
import { queryInteger } from '@spectra/http-kit';
import { z } from 'zod';
import type { Ask } from '../ask.ts';
import { requestCancel } from '../request-cancel.ts';
import { jobView, jobViewSchema } from '../views/job-view.ts';
import { factsOf, limitOffset, listFacts, pageFields } from '../views/list-page.ts';
import { stopMessage } from './process-routes.ts';
import { wholePage } from '../whole-page.ts';

const jobParams = z.strictObject({ job_id: z.uuid() });
const oneJob = { organisation: 'resource', tag: 'jobs', params: jobParams } as const;
const logLinesMax = 1000;
const logOffsetMax = 10_000_000;

/** Jobs: the durable work behind runs. */
export function jobRoutes(ask: Ask): HttpRoute[] {
  return [listJobs(ask), getJob(ask), cancelJob(ask), retryJob(ask), jobLogs(ask), resolveJob(ask)];
}

function listJobs(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/jobs',
    access: { kind: 'permission', anyOf: ['job:view_status'] },
    organisation: 'collection',
    summary: 'List jobs, newest first',
    tag: 'jobs',
    query: z.strictObject({
      job_type: jobTypeSchema.optional(),
      status: jobStatusSchema.optional(),
      ...pageFields,
    }),
    reply: {
      status: 200,
      schema: z.object({
        jobs: z.array(jobViewSchema),
        total: z.int(),
        page: z.int(),
        page_size: z.int(),
        has_more: z.boolean(),
      }),
    },
    async handler(input) {
      const { job_type, status, page, page_size } = input.query;
      const offset = (page - 1) * page_size;
      const found = await wholePage({ limit: page_size, offset }, (part) =>
        ask(input, { service: 'jobs', contract: jobsRpc.listJobs, body: { job_type, status, ...part } }),
      );
      if (!found.ok) return found;
      const { total, has_more } = factsOf(found.value, { limit: page_size, offset });
      return accept({ jobs: found.value.items.map(jobView), total, page, page_size, has_more });
    },
  });
}

function getJob(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneJob,
    method: 'GET',
    url: '/api/jobs/:job_id',
    access: { kind: 'permission', anyOf: ['job:view_status', 'ion:view_run', 'rtp:view_run'] },
    summary: 'A job with its status, progress and artifacts',
    reply: { status: 200, schema: jobViewSchema },
    async handler(input) {
      const found = await ask(input, { service: 'jobs', contract: jobsRpc.getJob, body: input.params });
      return found.ok ? accept(jobView(found.value)) : found;
    },
  });
}

function cancelJob(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneJob,
    method: 'POST',
    url: '/api/jobs/:job_id/cancel',
    access: { kind: 'permission', anyOf: ['job:cancel'] },
    summary: 'Cancel a job; the tool goes to its safe state',
    reply: {
      status: 202,
      schema: z.object({
        job_id: z.uuid(),
        run_id: z.string().nullable(),
        status: jobStatusSchema,
        cancel_requested: z.boolean(),
        message: z.string(),
      }),
    },
    async handler(input) {
      const stopped = await requestCancel(ask, input, input.params);
      if (!stopped.ok) return stopped;
      return accept({ ...stopped.value, message: stopMessage(stopped.value.status) });
    },
  });
}

function retryJob(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneJob,
    method: 'POST',
    url: '/api/jobs/:job_id/retry',
    access: { kind: 'permission', anyOf: ['job:retry'] },
    summary: 'Do a failed job again, as a new job with the same parameters',
    reply: { status: 202, schema: jobViewSchema },
    async handler(input) {
      const made = await ask(input, { service: 'jobs', contract: jobsRpc.retry, body: input.params });
      return made.ok ? accept(jobView(made.value)) : made;
    },
  });
}

function jobLogs(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneJob,
    method: 'GET',
    url: '/api/jobs/:job_id/logs',
    access: { kind: 'permission', anyOf: ['job:view_logs'] },
    summary: 'The log of a job, oldest line first',
    query: z.strictObject({
      limit: queryInteger({ minimum: 1, maximum: logLinesMax, default: logLinesMax }),
      offset: queryInteger({ minimum: 0, maximum: logOffsetMax, default: 0 }),
    }),
    reply: {
      status: 200,
      schema: z.object({
        lines: z.array(jobLogLineSchema.extend({ attempt: z.int(), line: z.int() })),
        ...listFacts,
      }),
    },
    async handler(input) {
      const found = await ask(input, {
        service: 'jobs',
        contract: jobsRpc.getLogs,
        body: { ...input.params, ...input.query },
      });
      if (!found.ok) return found;
      return accept({ lines: found.value.items, ...factsOf(found.value, input.query) });
    },
  });
}

function resolveJob(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneJob,
    method: 'POST',
    url: '/api/jobs/:job_id/resolve',
    access: { kind: 'permission', anyOf: ['job:retry'] },
    summary: 'Decide about a held job: go on with a new attempt, or give the wafer up',
    body: z.strictObject({ decision: z.enum(['resume', 'scrap']), comment: z.string().min(3).max(500) }),
    example: { body: { decision: 'scrap', comment: 'Thermal budget unknown' } },
    reply: { status: 200, schema: jobViewSchema },
    async handler(input) {
      const resolved = await ask(input, {
        service: 'jobs',
        contract: jobsRpc.resolveHeld,
        body: { ...input.params, ...input.body },
      });
      return resolved.ok ? accept(jobView(resolved.value)) : resolved;
    },
  });
}

/** Dead letters: jobs whose attempts are used up. */
export function deadLetterRoutes(ask: Ask): HttpRoute[] {
  const list = defineRoute({
    method: 'GET',
    url: '/api/jobs/dead-letters',
    access: { kind: 'permission', anyOf: ['job:view_status'] },
    organisation: 'collection',
    summary: 'List dead letters, newest first',
    tag: 'jobs',
    query: z.strictObject({
      ...deadLetterFilterFields,
      redriven: z.enum(['true', 'false']).optional(),
      ...limitOffset,
    }),
    reply: {
      status: 200,
      schema: z.object({
        dead_letters: z.array(deadLetterSchema),
        ...listFacts,
      }),
    },
    async handler(input) {
      const { redriven, ...filter } = input.query;
      const found = await ask(input, {
        service: 'jobs',
        contract: queuesRpc.listDeadLetters,
        body: { ...filter, ...(redriven === undefined ? {} : { redriven: redriven === 'true' }) },
      });
      if (!found.ok) return found;
      return accept({
        dead_letters: found.value.items,
        ...factsOf(found.value, { limit: filter.limit, offset: filter.offset }),
      });
    },
  });
  const redrive = defineRoute({
    method: 'POST',
    url: '/api/jobs/dead-letters/:dead_letter_id/redrive',
    access: { kind: 'permission', anyOf: ['job:retry'] },
    organisation: 'resource',
    summary: 'Give a dead-lettered job new attempts',
    tag: 'jobs',
    params: z.strictObject({ dead_letter_id: z.uuid() }),
    reply: { status: 202, schema: jobViewSchema },
    async handler(input) {
      const made = await ask(input, { service: 'jobs', contract: jobsRpc.redrive, body: input.params });
      return made.ok ? accept(jobView(made.value)) : made;
    },
  });
  return [list, redrive];
}
