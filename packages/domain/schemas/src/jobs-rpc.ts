import { z } from 'zod';
import { preparedRunSchema, runWarningSchema } from './process-rpc.ts';
import { groupedRpcContract, rpcContract } from './rpc.ts';
import { artifactSchema, jobLogLineSchema, jobRecordSchema, jobStatusSchema, jobTypeSchema } from './run.ts';
import { runOutcomeSchema, runRecordSchema } from './run.ts';
import { runOptionsSchema, waferSchema } from './run-request.ts';
import { toolResultSchema, toolSpecSchema } from './tool-jobs-rpc.ts';

/** Everything a worker needs to do a run, fixed at creation. */
export const runSpecSchema = z.object({
  run_id: z.string(),
  job_id: z.uuid(),
  org_id: z.uuid(),
  process: z.string(),
  recipe: z.record(z.string(), z.unknown()),
  recipe_hash: z.string(),
  recipe_id: z.string().nullable(),
  recipe_version: z.int().nullable(),
  wafers: z.array(waferSchema).min(1),
  lot_id: z.string().nullable(),
  sop_id: z.uuid(),
  source_run_id: z.string().nullable(),
  layer: z.string().optional(),
  run_to_run: z.enum(['as_sop', 'apply', 'skip']).optional(),
  equipment_id: z.string(),
  time_scale: z.number(),
  seed: z.int(),
  created_by: z.string(),
  traceparent: z.string(),
});
export type RunSpec = z.infer<typeof runSpecSchema>;

/** What an interrupted attempt left: how far each wafer came. Written with heartbeats, read by the next attempt. */
export const checkpointSchema = z.object({
  /** True once any wafer of this run saw energy. */
  exposed: z.boolean(),
  /** Process-defined, plain JSON: for an implant the finished wafers and their results. */
  state: z.unknown(),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

const jobError = z.object({ code: z.string(), message: z.string(), transient: z.boolean() });

/** How an attempt ended, as the worker tells it. */
export const attemptOutcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('completed'), outcome: runOutcomeSchema, artifacts: z.array(artifactSchema) }),
  /** A tool's job: its result, and no run behind it. */
  z.object({ kind: z.literal('answered'), result: toolResultSchema, artifacts: z.array(artifactSchema) }),
  z.object({ kind: z.literal('failed'), error: jobError, artifacts: z.array(artifactSchema) }),
  z.object({
    kind: z.literal('cancelled'),
    message: z.string(),
    safe_state_at: z.string().nullable(),
    artifacts: z.array(artifactSchema),
  }),
  z.object({
    kind: z.literal('held'),
    reason: z.string(),
    artifacts: z.array(artifactSchema),
    /** The tool that cannot take the run now, when that is the reason: another of its tools may, without a person. */
    unfit_equipment_id: z.string().optional(),
  }),
]);
export type AttemptOutcome = z.infer<typeof attemptOutcomeSchema>;

/** Jobs that a worker may ask for at once. */
export const takeJobsMax = 200;

/** Log lines of an attempt, and how many of its lines were sent before: what comes twice is kept once. */
const newLines = {
  logs: z.array(jobLogLineSchema).max(500),
  logs_before: z.int().min(0).optional(),
};

/** A worker stands by: jobs of this queue may start with it in the moment of their creation, up to its slots; none: no more. */
export const workerOfferSchema = z.object({
  queue: z.string(),
  worker_id: z.string(),
  slots: z.int().min(0).max(takeJobsMax),
});
export type WorkerOffer = z.infer<typeof workerOfferSchema>;

const granted = {
  attempt: z.int(),
  lease_ttl_ms: z.int(),
};

/** A job that was given to a worker, with everything it needs to start. */
export const takenJobSchema = z.discriminatedUnion('kind', [
  z.object({
    ...granted,
    kind: z.literal('run'),
    /** Fencing token of the equipment lease; grows with each grant of that tool. */
    lease_token: z.int(),
    spec: runSpecSchema,
    checkpoint: checkpointSchema.nullable(),
  }),
  z.object({ ...granted, kind: z.literal('tool'), spec: toolSpecSchema }),
]);
export type TakenJob = z.infer<typeof takenJobSchema>;

/** What the creation of a run answers. */
export const createdRunSchema = z.object({
  run_id: z.string(),
  job_id: z.uuid(),
  status: jobStatusSchema,
  created_at: z.string(),
  /** Null for one that is blocked by others: it stands in no queue yet. */
  position_in_queue: z.int().nullable(),
  estimated_start: z.string().nullable(),
  warnings: z.array(runWarningSchema),
});

const byJob = z.object({ job_id: z.uuid() });
const listFilter = {
  status: jobStatusSchema.optional(),
  limit: z.int().min(1).max(100),
  offset: z.int().min(0),
};

/** Abilities of the orchestrator (service name `jobs`). All but the worker's three need a caller. */
export const jobsRpc = {
  createRun: groupedRpcContract(
    'create-run',
    z.object({
      process: z.string(),
      job_type: jobTypeSchema,
      prepared: preparedRunSchema,
      options: runOptionsSchema,
      retry_of: z.uuid().optional(),
      /** The job whose worker asks for this run; cancelling it cancels the run. */
      parent_job_id: z.uuid().optional(),
      idempotency: z.object({ key: z.string().min(1).max(200), body_hash: z.string() }).optional(),
    }),
    createdRunSchema,
  ),
  getRun: rpcContract(
    'get-run',
    z.object({ run_id: z.string(), process: z.string().optional() }),
    runRecordSchema,
  ),
  listRuns: rpcContract(
    'list-runs',
    z.object({ process: z.string(), ...listFilter }),
    z.object({ items: z.array(runRecordSchema), total: z.int() }),
  ),
  getJob: rpcContract('get-job', byJob, jobRecordSchema),
  listJobs: rpcContract(
    'list-jobs',
    z.object({ job_type: jobTypeSchema.optional(), ...listFilter }),
    z.object({ items: z.array(jobRecordSchema), total: z.int() }),
  ),
  /** Idempotent: a second cancel of a stopping job answers the same; a finished job is refused (`illegal_transition`). */
  cancel: groupedRpcContract(
    'cancel',
    z.object({
      job_id: z.uuid().optional(),
      run_id: z.string().optional(),
      process: z.string().optional(),
      /** Only a job of a tool is meant; a run's job is not found. */
      tool_only: z.boolean().optional(),
      /** Operators cancel only what they started, unless they abort. */
      own_only: z.boolean(),
      reason: z.string().max(500),
    }),
    z.object({
      job_id: z.uuid(),
      run_id: z.string().nullable(),
      status: jobStatusSchema,
      cancel_requested: z.boolean(),
    }),
  ),
  retry: rpcContract('retry', byJob, jobRecordSchema),
  getLogs: rpcContract(
    'get-logs',
    byJob.extend({ limit: z.int().min(1).max(1000), offset: z.int().min(0) }),
    z.object({
      items: z.array(jobLogLineSchema.extend({ attempt: z.int(), line: z.int() })),
      total: z.int(),
    }),
  ),
  getArtifact: rpcContract(
    'get-artifact',
    z.object({ run_id: z.string(), artifact_id: z.uuid() }),
    artifactSchema,
  ),
  redrive: rpcContract('redrive', z.object({ dead_letter_id: z.uuid() }), jobRecordSchema),
  /** A person's decision on a held job: go on (a new attempt) or give up (cancelled). */
  resolveHeld: rpcContract(
    'resolve-held',
    byJob.extend({ decision: z.enum(['resume', 'scrap']), comment: z.string().min(3).max(500) }),
    jobRecordSchema,
  ),

  // The worker's half. Every write names its attempt; a stale attempt changes nothing and is told so.
  /**
   * Gives a worker the next jobs of its queue, as many as may start and it has free slots. The answer to an earlier
   * request may have been lost: then `in_hand` names what the worker has, and what else it runs comes back.
   */
  take: rpcContract(
    'take',
    z.object({
      queue: z.string(),
      worker_id: z.string(),
      slots: z.int().min(1).max(takeJobsMax),
      in_hand: z.array(z.uuid()).max(takeJobsMax).optional(),
    }),
    z.object({ jobs: z.array(takenJobSchema) }),
  ),
  heartbeat: groupedRpcContract(
    'heartbeat',
    z.object({
      job_id: z.uuid(),
      attempt: z.int(),
      progress: z.number().min(0).max(100),
      current_step: z.string(),
      eta_s: z.number().nullable(),
      checkpoint: checkpointSchema.optional(),
      ...newLines,
    }),
    z.object({ stale: z.boolean(), cancel_requested: z.boolean() }),
  ),
  finish: groupedRpcContract(
    'finish',
    z.object({
      job_id: z.uuid(),
      attempt: z.int(),
      /** Absent from workers of before. */
      progress: z.number().min(0).max(100).optional(),
      current_step: z.string(),
      outcome: attemptOutcomeSchema,
      ...newLines,
    }),
    z.object({ accepted: z.boolean(), status: jobStatusSchema }),
  ),
} as const;

/** The name under which a worker that stands by for jobs of a queue is asked. */
export function workerService(queue: string, workerId: string): string {
  return `${queue}-${workerId}`;
}

/** What a worker that stands by is asked. */
export const workerRpc = {
  begin: rpcContract('begin', z.object({ jobs: z.array(takenJobSchema).max(takeJobsMax) }), z.object({})),
};
