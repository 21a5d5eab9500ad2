import { commitBehind, runPrepared, type Transaction } from '@spectra/database';
import {
  estimateToolS,
  toolEntry,
  type JobStatus,
  type ToolEnding,
  type ToolName,
  type ToolResult,
} from '@spectra/schemas';
import { recordAttempts, type EndedAttempt } from './cost-rows.ts';
import { saveDependencies, startOf, type NewJobLinks } from './dependencies.ts';
import { countInsert } from './job-counts.ts';
import { laneOf, nowMsText } from './job-rows.ts';
import { jobsAhead } from './jobs-ahead.ts';
import { sentRows, type NewColumn } from './sent-columns.ts';
import { resultColumns } from './tool-results.ts';

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
} & NewJobLinks;

/** What became of it; `ahead` is null for one that does not stand in its queue: ended already, or blocked. */
export type StoredToolJob = { jobId: string; status: JobStatus; createdAtMs: number; ahead: number | null };

export type ToolJobSettings = { ageingStepMs: number; newId: () => string };

const hourMs = 3_600_000;

type NewRow = { jobId: string; newJob: NewToolJob; status: JobStatus; start: Start | null; end: End };
/** The worker that begins it now, and for how long without a word it keeps it. */
type Start = { workerId: string; leaseTtlMs: number };
type End = {
  progress: number;
  step: string;
  code: string | null;
  message: string | null;
  ranMs: number | null;
  result: ToolResult | null;
};

const columns: readonly NewColumn<NewRow>[] = [
  { name: 'job_id', type: 'uuid', of: ({ jobId }) => jobId },
  { name: 'user_id', type: 'text', of: ({ newJob }) => newJob.userId },
  { name: 'queue', type: 'text', of: ({ newJob }) => toolEntry(newJob.tool).queue },
  { name: 'priority', type: 'int', of: ({ newJob }) => newJob.priority },
  { name: 'expected_s', type: 'float8', of: ({ newJob }) => estimateToolS(newJob.tool, newJob.params) },
  { name: 'status', type: 'text', of: ({ status }) => status },
  { name: 'max_retries', type: 'int', of: ({ newJob }) => toolEntry(newJob.tool).maxRetries },
  { name: 'retry_of', type: 'uuid', of: ({ newJob }) => newJob.retryOf },
  { name: 'traceparent', type: 'text', of: ({ newJob }) => newJob.traceparent },
  { name: 'tool_name', type: 'text', of: ({ newJob }) => newJob.tool },
  { name: 'kept_ms', type: 'float8', of: ({ newJob }) => newJob.ttlHours * hourMs },
  { name: 'worker_id', type: 'text', of: ({ start }) => start?.workerId ?? null },
  { name: 'lease_ms', type: 'float8', of: ({ start }) => start?.leaseTtlMs ?? null },
  { name: 'ran_ms', type: 'float8', of: ({ end }) => end.ranMs },
  { name: 'progress', type: 'float8', of: ({ end }) => end.progress },
  { name: 'current_step', type: 'text', of: ({ end }) => end.step },
  { name: 'error_code', type: 'text', of: ({ end }) => end.code },
  { name: 'error_message', type: 'text', of: ({ end }) => end.message },
  { name: 'parameters', type: 'text', of: ({ newJob }) => JSON.stringify(newJob.params) },
  ...resultColumns.map(({ of, ...column }) => ({ ...column, of: ({ end }: NewRow) => of(end.result) })),
];
const resultNames = resultColumns.map(({ name }) => name).join(', ');
const resultValues = resultColumns.map(({ name, write }) => write?.(name) ?? name).join(', ');

/**
 * The parts of a statement, to stand behind its `with`, that insert jobs and count them; those that start now with their
 * first attempt. All have the same time of creation, the database's own: `now_ms` of the part `clock`. $1 is the
 * organisation; `beside` are parameters of other parts, which begin with $3.
 */
export function insertParts(
  { orgId, ageingStepMs, beside = [] }: { orgId: string; ageingStepMs: number; beside?: readonly unknown[] },
  rows: readonly NewRow[],
): { form: string; text: string; values: unknown[] } {
  const kind = { orgId, jobType: 'tool', process: null, jobs: 1 } as const;
  const counted = countInsert(
    rows.map(({ status }) => ({ ...kind, status })),
    2 + beside.length,
  );
  const before = [orgId, ageingStepMs, ...beside, ...counted.values];
  const sent = sentRows(
    columns.map(({ name, type, of }) => ({ name, type, values: rows.map(of) })),
    { given: before.length },
  );
  const text = `
      clock as materialized (
        select now_ms, to_timestamp(now_ms / 1000) as now from (select ${nowMsText} as now_ms) told),
      made as (
        insert into jobs (job_id, org_id, user_id, job_type, queue, priority, rank_ms, lane, equipment_ids,
          expected_s, status, max_retries, retry_of, traceparent, created_at, tool_name, expires_at,
          progress, current_step, error_code, error_message, started_at, completed_at, attempt,
          worker_id, lease_expires_at, dispatch, dispatched_at, attempt_started_at, parameters, ${resultNames})
        select job_id, $1::uuid, user_id, 'tool', queue, priority, now_ms - priority * $2::float8, '${laneOf([])}', '{}',
          expected_s, status, max_retries, retry_of, traceparent, now, tool_name,
          to_timestamp((now_ms + kept_ms) / 1000), progress, current_step, error_code, error_message,
          case when worker_id is null then to_timestamp((now_ms - ran_ms) / 1000) else now end,
          case when ran_ms is null then null else now end,
          case when ran_ms is null and worker_id is null then 0 else 1 end,
          worker_id, to_timestamp((now_ms + lease_ms) / 1000), case when worker_id is null then 0 else 1 end,
          case when worker_id is not null then now end, case when worker_id is not null then now end,
          parameters::jsonb, ${resultValues}
        from ${sent.text} n, clock order by place),
      counted as (${counted.text})`;
  return { form: sent.form, text, values: [...before, ...sent.values] };
}

/** Stores the jobs of one organisation with their parameters, in one go; `isLast` when nothing follows it. */
export async function insertToolJobs(
  tx: Transaction,
  newJobs: readonly NewToolJob[],
  settings: ToolJobSettings & { isLast: boolean },
): Promise<StoredToolJob[]> {
  const [first] = newJobs;
  if (first === undefined) return [];
  const { orgId } = first;
  const { ageingStepMs } = settings;
  const rows = newJobs.map((newJob) => rowOf(newJob, newJob.jobId ?? settings.newId()));
  const places = rows
    .filter(({ status }) => status === 'queued')
    .map(({ newJob: { tool, priority } }) => ({ queue: toolEntry(tool).queue, priority }));
  const insert = insertParts({ orgId, ageingStepMs }, rows);
  const statement = {
    name: `insert-tool-jobs-${insert.form}`,
    text: `with ${insert.text} select now_ms as "nowMs" from clock`,
  };
  const isWhole = newJobs.every(hasAllToStart);
  if (settings.isLast && isWhole) commitBehind(tx);
  const [ahead, inserted] = await Promise.all([
    jobsAhead(tx, places, { orgId, ageingStepMs }),
    runPrepared<{ nowMs: number }>(tx, statement, insert.values),
  ]);
  const createdAtMs = inserted[0]?.nowMs ?? 0;
  if (!isWhole) {
    await saveDependencies(tx, orgId, { newJobs, jobIds: rows.map(({ jobId }) => jobId) });
    await recordAttempts(tx, endedAtOnce(rows, createdAtMs), settings.newId);
  }
  return rows.map(({ jobId, status }) => ({
    jobId,
    status,
    createdAtMs,
    ahead: status === 'queued' ? (ahead.shift() ?? 0) : null,
  }));
}

/** Those that were answered within their request are attempts too. */
function endedAtOnce(rows: readonly NewRow[], endedMs: number): EndedAttempt[] {
  return rows.flatMap(({ jobId, status, newJob: { orgId, userId, tool, ended } }) => {
    if (ended === null) return [];
    const job = { jobId, orgId, userId, toolName: tool, jobType: 'tool' as const };
    const withoutRun = { runId: null, process: null, equipmentId: null };
    const startedMs = endedMs - ended.durationMs;
    const error =
      ended.ending.kind === 'failed' ? `${ended.ending.error.code}: ${ended.ending.error.message}` : null;
    const times = { startedMs, endedMs, tookS: ended.durationMs / 1000 };
    return [{ job: { ...job, ...withoutRun }, attempt: 1, workerId: null, ...times, ending: status, error }];
  });
}

/** True for a job that did not end within its request and waits for no other. */
export function hasAllToStart({ ended, dependsOn = [] }: NewToolJob): boolean {
  return ended === null && dependsOn.length === 0;
}

const unended = { progress: 0, code: null, message: null, ranMs: null, result: null };

/** A job that starts now. */
export function startedRow(newJob: NewToolJob, jobId: string, start: Start): NewRow {
  const end = { ...unended, step: 'Starting' };
  return { jobId, newJob, status: 'running', start, end };
}

function rowOf(newJob: NewToolJob, jobId: string): NewRow {
  if (newJob.ended === null) {
    const { status, currentStep: step } = startOf(newJob);
    return { jobId, newJob, status, start: null, end: { ...unended, step } };
  }
  const { ending, durationMs: ranMs } = newJob.ended;
  if (ending.kind === 'answered') {
    const end = { ...unended, ranMs, progress: 100, step: 'Answered at once', result: ending.result };
    return { jobId, newJob, status: 'completed', start: null, end };
  }
  const { code, message } = ending.error;
  return {
    jobId,
    newJob,
    status: 'failed',
    start: null,
    end: { ...unended, ranMs, step: 'Failed at once', code, message },
  };
}
