import { z } from 'zod';
import { groupedRpcContract, rpcContract } from './rpc.ts';
import { artifactSchema, dependencySchema, jobStatusSchema } from './run.ts';
import { batchKeySchema, dependencyFields } from './run-request.ts';
import { toolNameSchema, toolNames, toolRegistry, type ToolName } from './tools.ts';

const ttlHoursMax = 168;
const ttlHours = z.int().min(1).max(ttlHoursMax).default(24);
const priority = z.int().min(0).max(10).default(0);

const fieldsOf = (name: ToolName) => ({
  tool: z.literal(name),
  params: toolRegistry[name].params,
  ttl_hours: ttlHours,
  priority,
  ...dependencyFields,
});
const jobOf = (name: ToolName) => z.strictObject(fieldsOf(name));
const batchedJobOf = (name: ToolName) =>
  z.strictObject({ ...fieldsOf(name), key: batchKeySchema.optional() });
const [firstTool, ...otherTools] = toolNames;

/** `POST /v1/jobs`: a tool with its parameters, checked by the tool's own schema. */
export const createToolJobSchema = z.discriminatedUnion('tool', [jobOf(firstTool), ...otherTools.map(jobOf)]);

/** One item of `POST /v1/jobs:batch`: the same, with the key under which the others may depend on it. */
export const batchedToolJobSchema = z.discriminatedUnion('tool', [
  batchedJobOf(firstTool),
  ...otherTools.map(batchedJobOf),
]);

/**
 * A result on its way and at rest: small ones as they are, larger ones compressed, the largest in the object
 * store, where the job's artifact of kind `result` says where.
 */
export const toolResultSchema = z.discriminatedUnion('encoding', [
  z.object({ encoding: z.literal('json'), value: z.unknown() }),
  z.object({ encoding: z.literal('gzip'), base64: z.string(), size_bytes: z.int() }),
  z.object({ encoding: z.literal('artifact'), size_bytes: z.int() }),
]);
export type ToolResult = z.infer<typeof toolResultSchema>;

/** What a worker gets to do one job of a tool. */
export const toolSpecSchema = z.object({
  job_id: z.uuid(),
  org_id: z.uuid(),
  user_id: z.string(),
  tool: toolNameSchema,
  params: z.record(z.string(), z.unknown()),
  traceparent: z.string(),
});
export type ToolSpec = z.infer<typeof toolSpecSchema>;

/** A job of a tool as the orchestrator tells it. Lists leave `result` out. */
export const toolJobRecordSchema = z.object({
  job_id: z.uuid(),
  org_id: z.uuid(),
  user_id: z.string(),
  tool: toolNameSchema,
  status: jobStatusSchema,
  cancel_requested: z.boolean(),
  progress: z.number().min(0).max(100),
  current_step: z.string(),
  eta_s: z.number().nullable(),
  attempt: z.int(),
  priority: z.int(),
  position_in_queue: z.int().nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  expires_at: z.string(),
  error_message: z.string().nullable(),
  error_code: z.string().nullable(),
  waiting_reason: z.string().nullable().optional(),
  depends_on: z.array(dependencySchema).optional(),
  trace_id: z.string(),
  result: z.unknown(),
  artifacts: z.array(artifactSchema),
});
export type ToolJobRecord = z.infer<typeof toolJobRecordSchema>;

/** How a tool ended that was answered within the request. */
export const toolEndingSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('answered'), result: toolResultSchema }),
  z.object({ kind: z.literal('failed'), error: z.object({ code: z.string(), message: z.string() }) }),
]);
export type ToolEnding = z.infer<typeof toolEndingSchema>;

/** A tool's job as the orchestrator is asked to make it. */
export const toolOrderSchema = z.object({
  tool: toolNameSchema,
  params: z.record(z.string(), z.unknown()),
  ttl_hours: z.int().min(1).max(ttlHoursMax),
  priority: z.int().min(0).max(10),
  ...dependencyFields,
});
export type ToolOrder = z.infer<typeof toolOrderSchema>;

/** What the creation of a tool's job answers. */
export const createdToolJobSchema = z.object({
  job_id: z.uuid(),
  status: jobStatusSchema,
  created_at: z.string(),
  position_in_queue: z.int().nullable(),
  estimated_start: z.string().nullable(),
  estimated_duration_s: z.number(),
});

const byJob = z.object({ job_id: z.uuid() });

/** Abilities of the orchestrator (service name `jobs`) for jobs without a run. */
export const toolJobsRpc = {
  /** Queues a job, or records one that was answered at once. */
  createToolJob: groupedRpcContract(
    'create-tool-job',
    toolOrderSchema.extend({
      ended: z.object({ ending: toolEndingSchema, duration_ms: z.number().min(0) }).optional(),
      idempotency: z.object({ key: z.string().min(1).max(200), body_hash: z.string() }).optional(),
    }),
    createdToolJobSchema,
  ),
  getToolJob: rpcContract('get-tool-job', byJob, toolJobRecordSchema),
  listToolJobs: rpcContract(
    'list-tool-jobs',
    z.object({
      statuses: z.array(jobStatusSchema).optional(),
      limit: z.int().min(1).max(100),
      offset: z.int().min(0),
    }),
    z.object({ items: z.array(toolJobRecordSchema), total: z.int() }),
  ),
} as const;

/** Ability of whoever does the tools of a queue; its service name is the queue. */
export const toolRpc = {
  /** Answers at once, or says that it takes too long for that. */
  runTool: rpcContract(
    'run-tool',
    z.object({
      tool: toolNameSchema,
      params: z.record(z.string(), z.unknown()),
      within_ms: z.int().min(1),
      /** The answer becomes a record, which holds 1 MB; else it may be as large as a message carries compressed. */
      kept: z.boolean().default(true),
    }),
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('ended'), ending: toolEndingSchema, duration_ms: z.number() }),
      z.object({ kind: z.literal('too_slow') }),
    ]),
  ),
} as const;
