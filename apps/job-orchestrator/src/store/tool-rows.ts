import type { Transaction } from '@spectra/database';
import { estimateToolS, toolEntry, type JobStatus, type ToolEnding, type ToolName } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import { queueRankMs } from '../core/dispatcher.ts';
import { databaseNowMs, laneOf } from './job-rows.ts';
import { jobsAhead } from './run-rows.ts';
import { jobs, toolCalls } from './tables.ts';
import { saveToolResults } from './tool-results.ts';

/** A tool's job that shall be queued, or one that was answered at once and shall be recorded. */
export type NewToolJob = {
  orgId: string;
  userId: string;
  tool: ToolName;
  params: Record<string, unknown>;
  ttlHours: number;
  priority: number;
  ended: { ending: ToolEnding; durationMs: number } | null;
  retryOf: string | null;
  traceparent: string;
};

/** What became of it; `ahead` is null for one that ended already. */
export type StoredToolJob = { jobId: string; status: JobStatus; createdAtMs: number; ahead: number | null };

export type ToolJobSettings = { ageingStepMs: number; newId: () => string };

const hourMs = 3_600_000;

/** Stores the jobs of one organisation with their parameters, in one go. */
export async function insertToolJobs(
  tx: Transaction,
  newJobs: readonly NewToolJob[],
  settings: ToolJobSettings,
): Promise<StoredToolJob[]> {
  if (newJobs.length === 0) return [];
  const clock = await tx.execute<{ now_ms: number }>(sql`select ${databaseNowMs} as now_ms`);
  const nowMs = clock.rows[0]?.now_ms ?? 0;
  const inserted = await tx
    .insert(jobs)
    .values(newJobs.map((newJob) => rowOf(newJob, nowMs, settings)))
    .returning();
  const calls = inserted.map((row, index) => ({
    jobId: row.jobId,
    orgId: row.orgId,
    parameters: newJobs[index]?.params ?? {},
  }));
  await tx.insert(toolCalls).values(calls);
  await saveToolResults(
    tx,
    newJobs.flatMap(({ ended }, index) => {
      const jobId = inserted[index]?.jobId;
      if (jobId === undefined || ended?.ending.kind !== 'answered') return [];
      return [{ jobId, result: ended.ending.result }];
    }),
  );
  const waiting = inserted.filter((row) => row.status === 'queued');
  const ahead = await jobsAhead(tx, waiting);
  return inserted.map((row) => ({
    jobId: row.jobId,
    status: row.status,
    createdAtMs: nowMs,
    ahead: row.status === 'queued' ? (ahead.get(row.jobId) ?? 0) : null,
  }));
}

function rowOf(newJob: NewToolJob, nowMs: number, settings: ToolJobSettings): typeof jobs.$inferInsert {
  const { tool, priority } = newJob;
  const { queue, maxRetries } = toolEntry(tool);
  const createdAt = new Date(nowMs);
  return {
    jobId: settings.newId(),
    orgId: newJob.orgId,
    runId: null,
    process: null,
    userId: newJob.userId,
    jobType: 'tool',
    queue,
    priority,
    rankMs: queueRankMs({ enqueuedAtMs: nowMs, priority }, settings.ageingStepMs),
    lane: laneOf([]),
    equipmentIds: [],
    expectedS: estimateToolS(tool, newJob.params),
    status: 'queued',
    maxRetries,
    retryOf: newJob.retryOf,
    traceparent: newJob.traceparent,
    createdAt,
    toolName: tool,
    expiresAt: new Date(nowMs + newJob.ttlHours * hourMs),
    ...endOf(newJob.ended, createdAt),
  };
}

function endOf(ended: NewToolJob['ended'], now: Date): Partial<typeof jobs.$inferInsert> {
  if (ended === null) return {};
  const { ending, durationMs } = ended;
  const times = { startedAt: new Date(now.getTime() - durationMs), completedAt: now, attempt: 1 };
  if (ending.kind === 'answered') {
    return { ...times, status: 'completed', progress: 100, currentStep: 'Answered at once' };
  }
  const { code, message } = ending.error;
  return {
    ...times,
    status: 'failed',
    currentStep: 'Failed at once',
    errorCode: code,
    errorMessage: message,
  };
}
