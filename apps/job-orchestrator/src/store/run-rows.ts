import type { Transaction } from '@spectra/database';
import type { Checkpoint, JobType, PreparedRun, RunOptions, Wafer } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import { queueRankMs } from '../core/dispatcher.ts';
import { realDurationS } from '../core/estimate.ts';
import { runEvent } from '../core/run-event.ts';
import { runId } from '../core/run-id.ts';
import { databaseNowMs, jobOf, laneOf } from './job-rows.ts';
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
};

/** What became of a new run. */
export type QueuedRun = {
  runId: string;
  jobId: string;
  queue: string;
  createdAtMs: number;
  /** Jobs of the same organisation that stand before it in its queue. */
  ahead: number;
};

export type CreateSettings = {
  ageingStepMs: number;
  maxRetries: number;
  chance: () => number;
  newId: () => string;
};

/** Counting further would cost more than the exact number is worth. */
const aheadMax = 10_000;

/** Stores runs of one organisation with their jobs and their first events, in one go. */
export async function insertRuns(
  tx: Transaction,
  newRuns: readonly NewRun[],
  settings: CreateSettings,
): Promise<QueuedRun[]> {
  if (newRuns.length === 0) return [];
  const clock = await tx.execute<{ now_ms: number }>(sql`select ${databaseNowMs} as now_ms`);
  const nowMs = clock.rows[0]?.now_ms ?? 0;
  const rows = newRuns.map((newRun) => rowsOf(newRun, nowMs, settings));
  await tx.insert(runs).values(rows.map((row) => row.run));
  const inserted = await tx
    .insert(jobs)
    .values(rows.map((row) => row.job))
    .returning();
  await tx.insert(outbox).values(inserted.map((row) => queuedEventOf(row, nowMs, settings.newId())));
  const ahead = await jobsAhead(tx, inserted);
  return inserted.map((row) => ({
    runId: row.runId ?? '',
    jobId: row.jobId,
    queue: row.queue,
    createdAtMs: nowMs,
    ahead: ahead.get(row.jobId) ?? 0,
  }));
}

function rowsOf(
  newRun: NewRun,
  nowMs: number,
  settings: CreateSettings,
): { run: typeof runs.$inferInsert; job: typeof jobs.$inferInsert } {
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
    sourceRunId: options.source_run_id ?? null,
    timeScale,
    seed: options.seed ?? Math.floor(settings.chance() * 2 ** 31),
    prepared,
    createdBy: newRun.userId,
    createdAt,
  };
  const job = {
    jobId: settings.newId(),
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
    status: 'queued' as const,
    maxRetries: settings.maxRetries,
    retryOf: newRun.retryOf,
    checkpoint: newRun.checkpoint,
    traceparent: newRun.traceparent,
    createdAt,
  };
  return { run, job };
}

/** A run without named wafers is a run of one wafer, named after the run. */
function wafersOf(options: RunOptions, id: string): Wafer[] {
  if (options.wafers !== undefined) return options.wafers;
  return [{ wafer_id: options.wafer_id ?? `${id}-W1`, slot: 1 }];
}

function queuedEventOf(row: typeof jobs.$inferSelect, nowMs: number, id: string): typeof outbox.$inferInsert {
  const job = jobOf(row);
  const event = runEvent(job, { type: 'spectra.run.queued', extra: {}, id, atMs: nowMs });
  if (event === null) throw new Error('a run event needs a run');
  const subject = eventSubject(job, event);
  return { messageId: id, orgId: job.orgId, jobId: job.jobId, subject, payload: JSON.stringify(event) };
}

/** One count for each queue and priority among the new jobs, however many are created together. */
export async function jobsAhead(
  tx: Transaction,
  created: readonly (typeof jobs.$inferSelect)[],
): Promise<Map<string, number>> {
  const ahead = new Map<string, number>();
  const counts = new Map<string, number>();
  for (const job of created.toSorted((a, b) => a.sequence - b.sequence)) {
    const key = `${job.queue}/${job.priority}`;
    const count = counts.get(key) ?? (await countAhead(tx, job));
    ahead.set(job.jobId, count);
    counts.set(key, count + 1);
  }
  return ahead;
}

/** How many jobs of its organisation stand before a waiting job in its queue. */
export async function countAhead(
  tx: Transaction,
  job: { orgId: string; queue: string; rankMs: number; sequence: number },
): Promise<number> {
  const counted = await tx.execute<{ ahead: number }>(sql`
    select count(*)::int as ahead from (
      select 1 from jobs
      where status in ('queued', 'retrying') and dispatched_at is null
        and queue = ${job.queue} and org_id = ${job.orgId}
        and (rank_ms, sequence) < (${job.rankMs}, ${job.sequence})
      limit ${aheadMax}) before`);
  return counted.rows[0]?.ahead ?? 0;
}
