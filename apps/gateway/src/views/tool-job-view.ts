import {
  artifactSchema,
  dependencySchema,
  toolNameSchema,
  type JobStatus,
  type ToolJobRecord,
  type ToolName,
  type toolJobsRpc,
} from '@spectra/schemas';
import { z } from 'zod';
import { shareOfProgress, v1StatusOf, v1Statuses } from './status-views.ts';

/** A job of a tool in a list. */
export const listedToolJobSchema = z.object({
  job_id: z.uuid(),
  tool: toolNameSchema,
  status: z.enum(v1Statuses),
  progress: z.number().min(0).max(1),
  current_step: z.string(),
  attempt: z.int(),
  priority: z.int(),
  position_in_queue: z.int().nullable(),
  cancel_requested: z.boolean(),
  waiting_reason: z.string().nullable(),
  error: z.object({ code: z.string().nullable(), message: z.string() }).nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  duration_ms: z.number().nullable(),
  expires_at: z.string(),
  trace_id: z.string(),
  artifacts: z.array(artifactSchema),
  links: z.record(z.string(), z.string()),
});

/** A job of a tool by itself (R3-2). */
export const toolJobViewSchema = listedToolJobSchema.extend({
  result: z.unknown(),
  depends_on: z.array(dependencySchema.extend({ status: z.enum(v1Statuses) })),
});

/** A job that was started and is not answered yet. */
export const startedToolJobSchema = z.object({
  job_id: z.uuid(),
  status: z.enum(v1Statuses),
  /** In seconds. */
  estimated_duration: z.number(),
  position_in_queue: z.int().nullable(),
  estimated_start: z.string().nullable(),
  links: z.record(z.string(), z.string()),
});

/** What the orchestrator told of a job when it was created. */
export function startedToolJob(
  created: z.output<(typeof toolJobsRpc)['createToolJob']['reply']>,
): z.infer<typeof startedToolJobSchema> {
  const { job_id, position_in_queue, estimated_start, estimated_duration_s } = created;
  return {
    job_id,
    status: v1StatusOf(created.status),
    estimated_duration: estimated_duration_s,
    position_in_queue,
    estimated_start,
    links: toolJobLinks(job_id),
  };
}

/** A job of a tool as `/v1` tells it, without its result. */
export function listedToolJob(job: ToolJobRecord): z.infer<typeof listedToolJobSchema> {
  const links = toolJobLinks(job.job_id);
  return {
    job_id: job.job_id,
    tool: job.tool,
    status: v1StatusOf(job.status),
    progress: shareOfProgress(job.progress),
    current_step: job.current_step,
    attempt: job.attempt,
    priority: job.priority,
    position_in_queue: job.position_in_queue,
    cancel_requested: job.cancel_requested,
    waiting_reason: job.waiting_reason ?? null,
    error: job.error_message === null ? null : { code: job.error_code, message: job.error_message },
    created_at: job.created_at,
    started_at: job.started_at,
    completed_at: job.completed_at,
    duration_ms: durationMs(job),
    expires_at: job.expires_at,
    trace_id: job.trace_id,
    artifacts: job.artifacts.map((artifact) => ({
      ...artifact,
      href: artifact.kind === 'result' ? links.result : `${links.self}/files/${artifact.artifact_id}`,
    })),
    links,
  };
}

/** The same with its result; one that lies in the object store is read at `links.result`. */
export function toolJobView(job: ToolJobRecord): z.infer<typeof toolJobViewSchema> {
  const depends_on = (job.depends_on ?? []).map((one) => ({ ...one, status: v1StatusOf(one.status) }));
  return { ...listedToolJob(job), result: job.result, depends_on };
}

/** What the creation of a job answers in any case. */
export function createdToolJobView(
  created: { job_id: string; status: JobStatus; created_at: string },
  order: { tool: ToolName; priority: number; ttl_hours: number },
) {
  const { job_id, created_at, status } = created;
  const { tool, priority, ttl_hours } = order;
  const expires_at = new Date(Date.parse(created_at) + ttl_hours * hourMs).toISOString();
  const links = toolJobLinks(job_id);
  return { job_id, tool, status: v1StatusOf(status), priority, ttl_hours, created_at, expires_at, links };
}

const hourMs = 3_600_000;

/** Addresses that belong to a tool's job. */
function toolJobLinks(jobId: string): { self: string; result: string; logs: string } {
  const self = `/v1/jobs/${jobId}`;
  return { self, result: `${self}/result`, logs: `/api/jobs/${jobId}/logs` };
}

function durationMs(job: ToolJobRecord): number | null {
  if (job.started_at === null || job.completed_at === null) return null;
  return Date.parse(job.completed_at) - Date.parse(job.started_at);
}
