import { runPrepared, type Transaction } from '@spectra/database';
import type { Checkpoint, JobStatus, JobType, PreparedRun, RunOptions, Wafer } from '@spectra/schemas';
import { queueRankMs } from '../core/dispatcher.ts';
import { realDurationS } from '../core/estimate.ts';
import { queuedJob, type JobIdentity } from '../core/job.ts';
import { runEvent } from '../core/run-event.ts';
import { runId } from '../core/run-id.ts';
import { saveDependencies, startOf, type NewJobLinks } from './dependencies.ts';
import { countJobs } from './job-counts.ts';
import { laneOf, nowMsText } from './job-rows.ts';
import { jobsAhead } from './jobs-ahead.ts';
import { eventSubject } from './save-effects.ts';
import { jobs, outbox, runs } from './tables.ts';

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

/** Stores runs of one organisation with their jobs and their first events, in one go. */
export async function insertRuns(
  tx: Transaction,
  newRuns: readonly NewRun[],
  settings: CreateSettings,
): Promise<QueuedRun[]> {
  const [first] = newRuns;
  if (first === undefined) return [];
  const { orgId } = first;
  const places = newRuns
    .filter((newRun) => startOf(newRun).status === 'queued')
    .map(({ process, options }) => ({ queue: process, priority: options.priority }));
  const [clock, ahead] = await Promise.all([
    runPrepared<{ nowMs: number }>(tx, clockStatement, []),
    jobsAhead(tx, places, { orgId, ageingStepMs: settings.ageingStepMs }),
  ]);
  const nowMs = clock[0]?.nowMs ?? 0;
  const rows = newRuns.map((newRun) => rowsOf(newRun, nowMs, settings));
  // Sent together, done in this order.
  await Promise.all([
    tx.insert(runs).values(rows.map((row) => row.run)),
    tx.insert(jobs).values(rows.map((row) => row.job)),
    tx.insert(outbox).values(rows.map((row) => firstEventOf(row.job, nowMs, settings.newId()))),
    countJobs(
      tx,
      rows.map(({ job }) => ({ ...job, jobs: 1 })),
    ),
  ]);
  await saveDependencies(tx, orgId, { newJobs: newRuns, jobIds: rows.map((row) => row.job.jobId) });
  return rows.map(({ job }) => ({
    runId: job.runId,
    jobId: job.jobId,
    status: job.status,
    queue: job.queue,
    createdAtMs: nowMs,
    ahead: job.status === 'queued' ? (ahead.shift() ?? 0) : null,
  }));
}

type NewJobRow = typeof jobs.$inferInsert & JobIdentity & ReturnType<typeof startOf> & { runId: string };

const clockStatement = { name: 'clock', text: `select ${nowMsText} as "nowMs"` };

function rowsOf(
  newRun: NewRun,
  nowMs: number,
  settings: CreateSettings,
): { run: typeof runs.$inferInsert; job: NewJobRow } {
  const { prepared, options, orgId, process } = newRun;
  const id = runId(process, nowMs, settings.chance());
  const createdAt = new Date(nowMs);
  const timeScale = options.time_scale ?? prepared.default_time_scale;
  const run = {
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
    priority: options.priority,
    rankMs: queueRankMs({ enqueuedAtMs: nowMs, priority: options.priority }, settings.ageingStepMs),
    lane: laneOf(prepared.equipment_ids),
    equipmentIds: prepared.equipment_ids,
    expectedS: realDurationS(prepared.estimated_tool_time_s, timeScale),
    ...startOf(newRun),
    parentJobId: newRun.parentJobId ?? null,
    maxRetries: settings.maxRetries,
    retryOf: newRun.retryOf,
    checkpoint: newRun.checkpoint,
    traceparent: newRun.traceparent,
    createdAt,
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

function firstEventOf(row: NewJobRow, nowMs: number, id: string): typeof outbox.$inferInsert {
  const { status, currentStep } = row;
  const job = { ...queuedJob(row, { equipmentIds: [], checkpoint: null }), status, currentStep };
  const type = status === 'blocked' ? 'spectra.run.blocked' : 'spectra.run.queued';
  const event = runEvent(job, { type, extra: {}, id, atMs: nowMs });
  if (event === null) throw new Error('a run event needs a run');
  const subject = eventSubject(job, event);
  return { messageId: id, orgId: job.orgId, jobId: job.jobId, subject, payload: JSON.stringify(event) };
}
