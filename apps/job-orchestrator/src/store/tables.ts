import type {
  Artifact,
  Checkpoint,
  JobLogLine,
  JobStatus,
  JobType,
  PreparedRun,
  RunOutcome,
  ToolResult,
  Wafer,
} from '@spectra/schemas';
import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  smallint,
  text,
  timestamp,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';

const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** What a run is, fixed at its creation, and what came of it. Its state is that of its job. */
export const runs = pgTable('runs', {
  runId: text('run_id').primaryKey(),
  orgId: uuid('org_id').notNull(),
  process: text('process').notNull(),
  recipe: jsonb('recipe').$type<Record<string, unknown>>().notNull(),
  recipeHash: text('recipe_hash').notNull(),
  wafers: jsonb('wafers').$type<Wafer[]>().notNull(),
  lotId: text('lot_id'),
  comments: text('comments'),
  sopId: uuid('sop_id').notNull(),
  sourceRunId: text('source_run_id'),
  timeScale: doublePrecision('time_scale').notNull(),
  seed: integer('seed').notNull(),
  prepared: jsonb('prepared').$type<PreparedRun>().notNull(),
  outcome: jsonb('outcome').$type<RunOutcome>(),
  createdBy: text('created_by').notNull(),
  createdAt: time('created_at').notNull(),
});

export const jobs = pgTable('jobs', {
  jobId: uuid('job_id').primaryKey(),
  orgId: uuid('org_id').notNull(),
  runId: text('run_id'),
  process: text('process'),
  userId: text('user_id').notNull(),
  jobType: text('job_type').$type<JobType>().notNull(),
  queue: text('queue').notNull(),
  priority: smallint('priority').notNull(),
  sequence: bigint('sequence', { mode: 'number' }).generatedAlwaysAsIdentity(),
  rankMs: doublePrecision('rank_ms').notNull(),
  lane: text('lane').notNull(),
  equipmentIds: text('equipment_ids').array().notNull(),
  equipmentId: text('equipment_id'),
  expectedS: doublePrecision('expected_s').notNull(),
  status: text('status').$type<JobStatus>().notNull(),
  cancelRequested: boolean('cancel_requested').notNull().default(false),
  cancelReason: text('cancel_reason'),
  timeLimitHit: boolean('time_limit_hit').notNull().default(false),
  progress: doublePrecision('progress').notNull().default(0),
  currentStep: text('current_step').notNull().default('Queued'),
  etaS: doublePrecision('eta_s'),
  attempt: integer('attempt').notNull().default(0),
  endedByWorker: boolean('ended_by_worker').notNull().default(false),
  retryCount: integer('retry_count').notNull().default(0),
  maxRetries: integer('max_retries').notNull(),
  retryOf: uuid('retry_of'),
  parentJobId: uuid('parent_job_id'),
  dispatch: integer('dispatch').notNull().default(0),
  dispatchedAt: time('dispatched_at'),
  workerId: text('worker_id'),
  leaseExpiresAt: time('lease_expires_at'),
  runAt: time('run_at'),
  startedAt: time('started_at'),
  attemptStartedAt: time('attempt_started_at'),
  completedAt: time('completed_at'),
  errorMessage: text('error_message'),
  errorCode: text('error_code'),
  heldReason: text('held_reason'),
  checkpoint: jsonb('checkpoint').$type<Checkpoint>(),
  logLines: integer('log_lines').notNull().default(0),
  logLinesBefore: integer('log_lines_before').notNull().default(0),
  traceparent: text('traceparent').notNull(),
  createdAt: time('created_at').notNull(),
  /** Only of a job without a run: the tool that it calls, and when it may be forgotten. */
  toolName: varchar('tool_name', { length: 100 }),
  expiresAt: time('expires_at'),
});

/** What a tool was asked, and what it answered. */
export const toolCalls = pgTable('tool_calls', {
  jobId: uuid('job_id').primaryKey(),
  orgId: uuid('org_id').notNull(),
  parameters: jsonb('parameters').$type<Record<string, unknown>>().notNull(),
  resultEncoding: text('result_encoding').$type<ToolResult['encoding']>(),
  result: jsonb('result').$type<unknown>(),
  resultGzip: bytes('result_gzip'),
});

export const jobLogs = pgTable('job_logs', {
  jobId: uuid('job_id').notNull(),
  line: integer('line').notNull(),
  orgId: uuid('org_id').notNull(),
  attempt: integer('attempt').notNull(),
  at: time('at').notNull(),
  level: text('level').$type<JobLogLine['level']>().notNull(),
  message: text('message').notNull(),
});

export const artifacts = pgTable('artifacts', {
  artifactId: uuid('artifact_id').$type<Artifact['artifact_id']>().primaryKey(),
  orgId: uuid('org_id').notNull(),
  jobId: uuid('job_id').notNull(),
  runId: text('run_id'),
  attempt: integer('attempt').notNull(),
  kind: text('kind').notNull(),
  name: text('name').notNull(),
  mediaType: text('media_type').notNull(),
  sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
  sha256: text('sha256').notNull(),
  uri: text('uri').notNull(),
  createdAt: time('created_at').notNull(),
});

/** Jobs that failed for good, until somebody redrives them. */
export const deadLetters = pgTable('dead_letters', {
  deadLetterId: uuid('dead_letter_id').primaryKey(),
  orgId: uuid('org_id').notNull(),
  jobId: uuid('job_id').notNull(),
  runId: text('run_id'),
  reason: text('reason').notNull(),
  code: text('code'),
  attempts: integer('attempts').notNull(),
  createdAt: time('created_at').notNull(),
  redrivenAt: time('redriven_at'),
});
