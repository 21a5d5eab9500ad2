import { z } from 'zod';
import { createdRunSchema } from './jobs-rpc.ts';
import { preparedRunSchema } from './process-rpc.ts';
import { refusalSchema } from './problem.ts';
import { rpcContract } from './rpc.ts';
import { jobTypeSchema } from './run.ts';
import { batchKeySchema, runOptionsSchema } from './run-request.ts';
import { createdToolJobSchema, toolOrderSchema } from './tool-jobs-rpc.ts';

/** Jobs and runs that one request may create. */
export const batchLimits = { jobs: 1000, runs: 100 } as const;

/** Everything in one transaction or nothing at all; or each item for itself, with a report of all. */
export const batchModeSchema = z.enum(['all_or_nothing', 'each']);
export type BatchMode = z.infer<typeof batchModeSchema>;

/** What became of each item of a batch, in the order of the request. */
const batchReportOf = <Created extends z.ZodType>(created: Created) =>
  z.object({
    created: z.int(),
    refused: z.int(),
    items: z.array(
      z.object({
        index: z.int(),
        key: z.string().nullable(),
        created: created.nullable(),
        problem: refusalSchema.nullable(),
      }),
    ),
  });
export const runBatchReportSchema = batchReportOf(createdRunSchema);
export type RunBatchReport = z.infer<typeof runBatchReportSchema>;
export const toolBatchReportSchema = batchReportOf(createdToolJobSchema);
export type ToolBatchReport = z.infer<typeof toolBatchReportSchema>;

/** An item that was refused before it came here travels along, so that a repeated request gets the same report. */
const itemOf = <Wanted extends z.ZodType>(wanted: Wanted) =>
  z.object({
    key: batchKeySchema.nullable(),
    item: z.union([z.object({ wanted }), z.object({ refusal: refusalSchema })]),
  });
const idempotency = z.object({ key: z.string().min(1).max(200), body_hash: z.string() }).optional();

/** Abilities of the orchestrator (service name `jobs`) that create many at once. */
export const batchRpc = {
  createRuns: rpcContract(
    'create-runs',
    z.object({
      mode: batchModeSchema,
      process: z.string(),
      job_type: jobTypeSchema,
      items: z
        .array(itemOf(z.object({ prepared: preparedRunSchema, options: runOptionsSchema })))
        .min(1)
        .max(batchLimits.runs),
      idempotency,
    }),
    runBatchReportSchema,
  ),
  createToolJobs: rpcContract(
    'create-tool-jobs',
    z.object({
      mode: batchModeSchema,
      items: z.array(itemOf(toolOrderSchema)).min(1).max(batchLimits.jobs),
      idempotency,
    }),
    toolBatchReportSchema,
  ),
} as const;
