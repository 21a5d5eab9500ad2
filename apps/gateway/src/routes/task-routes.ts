import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import { accept, jobsRpc } from '@spectra/schemas';
import { z } from 'zod';
import type { Ask } from '../ask.ts';
import { requestCancel } from '../request-cancel.ts';
import { shareOfProgress, taskStatuses, taskStatusOf } from '../views/status-views.ts';

const oneTask = {
  organisation: 'resource',
  tag: 'tasks',
  params: z.strictObject({ job_id: z.uuid() }),
} as const;

/** Every job, of runs and of tools, in the words of task queues (R2-10, R2-11). */
export function taskRoutes(ask: Ask): HttpRoute[] {
  return [getTask(ask), revokeTask(ask)];
}

function getTask(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneTask,
    method: 'GET',
    url: '/tasks/:job_id',
    access: { kind: 'permission', anyOf: ['job:view_status'] },
    summary: 'A job as a task: PENDING, PROCESSING, COMPLETED, FAILED or REVOKED',
    reply: {
      status: 200,
      schema: z.object({
        task_id: z.uuid(),
        status: z.enum(taskStatuses),
        progress: z.number().min(0).max(1),
        current_step: z.string(),
        error: z.string().nullable(),
        links: z.record(z.string(), z.string()),
      }),
    },
    async handler(input) {
      const found = await ask(input, { service: 'jobs', contract: jobsRpc.getJob, body: input.params });
      if (!found.ok) return found;
      const job = found.value;
      return accept({
        task_id: job.job_id,
        status: taskStatusOf(job.status),
        progress: shareOfProgress(job.progress),
        current_step: job.current_step,
        error: job.error_message,
        links: { job: `/api/jobs/${job.job_id}` },
      });
    },
  });
}

function revokeTask(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneTask,
    method: 'DELETE',
    url: '/tasks/:job_id',
    access: { kind: 'permission', anyOf: ['job:cancel'] },
    summary: 'Revoke a task: cancel its job; a tool goes to its safe state',
    reply: { status: 202, schema: z.object({ task_id: z.uuid(), status: z.enum(taskStatuses) }) },
    async handler(input) {
      const stopped = await requestCancel(ask, input, input.params);
      if (!stopped.ok) return stopped;
      return accept({ task_id: stopped.value.job_id, status: taskStatusOf(stopped.value.status) });
    },
  });
}
