import { commitBehind, type Transaction } from '@spectra/database';
import type {
  Checkpoint,
  JobStatus,
  JobType,
  PreparedRun,
  RunEvent,
  RunOptions,
  Wafer,
} from '@spectra/schemas';
import { queueRankMs } from '../core/dispatcher.ts';
import { realDurationS } from '../core/estimate.ts';
import { queuedJob } from '../core/job.ts';
import { runEvent } from '../core/run-event.ts';
import { runId } from '../core/run-id.ts';
import { saveDependencies, startOf, type NewJobLinks } from './dependencies.ts';
import { countJobs } from './job-counts.ts';
import { laneOf, readClock } from './job-rows.ts';
import { jobsAhead } from './jobs-ahead.ts';
import { outboxMessages } from './outbox-messages.ts';
import {
  asJson,
  asTexts,
  asTime,
  insertRows,
  jsonOrNull,
  textsLiteral,
  type NewColumn,
} from './sent-columns.ts';
import type { runs } from './tables.ts';

/** A run that passed its gates and shall be queued. */
export type NewRun = {
  orgId: string;
  userId: string;
  process: string;
  jobType: JobType;
  prepared: PreparedRun;
  options: RunOptions;
  retryOf: string | null;
  checkpoint: Checkpoint | null;
  traceparent: string;
} & NewJobLinks;

/** What became of a new run. */
export type QueuedRun = {
  runId: string;
  jobId: string;
  status: JobStatus;
  queue: string;
  createdAtMs: number;
  /** Jobs of the same organisation that stand before it in its queue; null for one that does not stand there. */
  ahead: number | null;
};

export type CreateSettings = {
  ageingStepMs: number;
  maxRetries: number;
  chance: () => number;
  newId: () => string;
};

/** Stores runs of one organisation with their jobs and first events, in one go; `isLast` when nothing follows it. */
export async function insertRuns(
  tx: Transaction,
  newRuns: readonly NewRun[],
  settings: CreateSettings & { isLast: boolean },
): Promise<QueuedRun[]> {
  const [first] = newRuns;
  if (first === undefined) return [];
  const { orgId } = first;
  const places = newRuns
    .filter((newRun) => startOf(newRun).status === 'queued')
    .map(({ process, options }) => ({ queue: process, priority: options.priority }));
  const [nowMs, ahead] = await Promise.all([
    readClock(tx),
    jobsAhead(tx, places, { orgId, ageingStepMs: settings.ageingStepMs }),
  ]);
  const rows = newRuns.map((newRun) => rowsOf(newRun, nowMs, settings));
  const isWhole = newRuns.every(({ dependsOn }) => (dependsOn ?? []).length === 0);
  if (settings.isLast && isWhole) commitBehind(tx);
  // Sent together, done in this order.
  await Promise.all([
    insertRows(
      tx,
      newRunRows,
      rows.map((row) => row.run),
    ),
    insertRows(
      tx,
      newJobRows,
      rows.map((row) => row.job),
    ),
    insertRows(
      tx,
      outboxMessages,
      rows.map(({ job }) => ({ job, event: firstEventOf(job, nowMs, settings.newId()) })),
    ),
    countJobs(
      tx,
      rows.map(({ job }) => ({ ...job, jobs: 1 })),
    ),
  ]);
  if (!isWhole) {
    await saveDependencies(tx, orgId, { newJobs: newRuns, jobIds: rows.map((row) => row.job.jobId) });
  }
  return rows.map(({ job }) => ({
    runId: job.runId,
    jobId: job.jobId,
    status: job.status,
    queue: job.queue,
    createdAtMs: nowMs,
    ahead: job.status === 'queued' ? (ahead.shift() ?? 0) : null,
  }));
}

type NewRunRow = Omit<typeof runs.$inferSelect, 'outcome'>;
type NewJobRow = ReturnType<typeof rowsOf>['job'];

const newRunRows = {
  table: 'runs',
  columns: [
    { name: 'run_id', type: 'text', of: (run) => run.runId },
    { name: 'org_id', type: 'uuid', of: (run) => run.orgId },
    { name: 'process', type: 'text', of: (run) => run.process },
    { name: 'recipe', type: 'text', of: (run) => JSON.stringify(run.recipe), write: asJson },
    { name: 'recipe_hash', type: 'text', of: (run) => run.recipeHash },
    { name: 'wafers', type: 'text', of: (run) => JSON.stringify(run.wafers), write: asJson },
    { name: 'lot_id', type: 'text', of: (run) => run.lotId },
    { name: 'comments', type: 'text', of: (run) => run.comments },
    { name: 'sop_id', type: 'uuid', of: (run) => run.sopId },
    { name: 'source_run_id', type: 'text', of: (run) => run.sourceRunId },
    { name: 'time_scale', type: 'float8', of: (run) => run.timeScale },
    { name: 'seed', type: 'int', of: (run) => run.seed },
    { name: 'prepared', type: 'text', of: (run) => JSON.stringify(run.prepared), write: asJson },
    { name: 'created_by', type: 'text', of: (run) => run.createdBy },
    { name: 'created_at', type: 'float8', of: (run) => run.createdAt.getTime(), write: asTime },
  ] satisfies NewColumn<NewRunRow>[],
};

const newJobRows = {
  table: 'jobs',
  columns: [
    { name: 'job_id', type: 'uuid', of: (job) => job.jobId },
    { name: 'org_id', type: 'uuid', of: (job) => job.orgId },
    { name: 'run_id', type: 'text', of: (job) => job.runId },
    { name: 'process', type: 'text', of: (job) => job.process },
    { name: 'user_id', type: 'text', of: (job) => job.userId },
    { name: 'job_type', type: 'text', of: (job) => job.jobType },
    { name: 'queue', type: 'text', of: (job) => job.queue },
    { name: 'priority', type: 'int', of: (job) => job.priority },
    { name: 'rank_ms', type: 'float8', of: (job) => job.rankMs },
    { name: 'lane', type: 'text', of: (job) => laneOf(job.equipmentIds) },
    { name: 'equipment_ids', type: 'text', of: (job) => textsLiteral(job.equipmentIds), write: asTexts },
    { name: 'expected_s', type: 'float8', of: (job) => job.expectedS },
    { name: 'status', type: 'text', of: (job) => job.status },
    { name: 'current_step', type: 'text', of: (job) => job.currentStep },
    { name: 'parent_job_id', type: 'uuid', of: (job) => job.parentJobId },
    { name: 'max_retries', type: 'int', of: (job) => job.maxRetries },
    { name: 'retry_of', type: 'uuid', of: (job) => job.retryOf },
    { name: 'checkpoint', type: 'text', of: (job) => jsonOrNull(job.checkpoint), write: asJson },
    { name: 'traceparent', type: 'text', of: (job) => job.traceparent },
    { name: 'created_at', type: 'float8', of: (job) => job.createdAtMs, write: asTime },
  ] satisfies NewColumn<NewJobRow>[],
};

function rowsOf(newRun: NewRun, nowMs: number, settings: CreateSettings) {
  const { prepared, options, orgId, process } = newRun;
  const id = runId(process, nowMs, settings.chance());
  const createdAt = new Date(nowMs);
  const timeScale = options.time_scale ?? prepared.default_time_scale;
  const run: NewRunRow = {
    runId: id,
    orgId,
    process,
    recipe: prepared.recipe,
    recipeHash: prepared.recipe_hash,
    wafers: wafersOf(options, id),
    lotId: options.lot_id ?? null,
    comments: options.comments ?? null,
    sopId: prepared.sop_id,
    sourceRunId: options.source_run_id ?? sourceAmong(newRun),
    timeScale,
    seed: options.seed ?? Math.floor(settings.chance() * 2 ** 31),
    prepared,
    createdBy: newRun.userId,
    createdAt,
  };
  const job = {
    jobId: newRun.jobId ?? settings.newId(),
    orgId,
    runId: id,
    process,
    userId: newRun.userId,
    jobType: newRun.jobType,
    queue: process,
    toolName: null,
    priority: options.priority,
    rankMs: queueRankMs({ enqueuedAtMs: nowMs, priority: options.priority }, settings.ageingStepMs),
    equipmentIds: prepared.equipment_ids,
    expectedS: realDurationS(prepared.estimated_tool_time_s, timeScale),
    ...startOf(newRun),
    parentJobId: newRun.parentJobId ?? null,
    maxRetries: settings.maxRetries,
    retryOf: newRun.retryOf,
    checkpoint: newRun.checkpoint,
    traceparent: newRun.traceparent,
    createdAtMs: nowMs,
  };
  return { run, job };
}

/** The one run of the upstream process that this run waits for is the one whose wafers it takes. */
function sourceAmong({ prepared, dependsOn }: NewRun): string | null {
  const upstream = prepared.upstream_process ?? null;
  const sources = (dependsOn ?? []).filter((link) => upstream !== null && link.process === upstream);
  return sources.length === 1 ? (sources[0]?.runId ?? null) : null;
}

/** A run without named wafers is a run of one wafer, named after the run. */
function wafersOf(options: RunOptions, id: string): Wafer[] {
  if (options.wafers !== undefined) return options.wafers;
  return [{ wafer_id: options.wafer_id ?? `${id}-W1`, slot: 1 }];
}

function firstEventOf(row: NewJobRow, nowMs: number, id: string): RunEvent {
  const { status, currentStep } = row;
  const job = { ...queuedJob(row, { equipmentIds: [], checkpoint: null }), status, currentStep };
  const type = status === 'blocked' ? 'spectra.run.blocked' : 'spectra.run.queued';
  const event = runEvent(job, { type, extra: {}, id, atMs: nowMs });
  if (event === null) throw new Error('a run event needs a run');
  return event;
}
