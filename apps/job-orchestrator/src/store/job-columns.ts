import type { ToolResult } from '@spectra/schemas';
import type { Job, JobState } from '../core/job.ts';
import { countInsert, type CountedMove } from './job-counts.ts';
import { asJson, asTexts, asTime, jsonOrNull, sentRows, textsLiteral } from './sent-columns.ts';
import { resultColumns } from './tool-results.ts';

/** How a field is stored: its column, and the form in which its value travels. */
type Stored = { column: string; form: keyof typeof forms };

/** The forms: how a column is read, in which type a list of values is sent, and how one of them is written. */
const forms = {
  text: { read: asItIs, type: 'text', write: asItIs, send: (value: unknown) => value },
  integer: { read: asItIs, type: 'int', write: asItIs, send: (value: unknown) => value },
  number: { read: asItIs, type: 'float8', write: asItIs, send: (value: unknown) => value },
  flag: { read: asItIs, type: 'boolean', write: asItIs, send: (value: unknown) => value },
  /** Milliseconds since 1970 here, a timestamp there. */
  time: {
    read: (column: string) => `floor(extract(epoch from ${column}) * 1000)::float8`,
    type: 'float8',
    write: asTime,
    send: (value: unknown) => value,
  },
  texts: {
    read: asItIs,
    type: 'text',
    write: asTexts,
    send: (value: unknown) => textsLiteral(value as string[]),
  },
  json: { read: asItIs, type: 'text', write: asJson, send: jsonOrNull },
} as const;

/** What changes during a job's life. */
const stateColumns = {
  status: { column: 'status', form: 'text' },
  cancelRequested: { column: 'cancel_requested', form: 'flag' },
  cancelReason: { column: 'cancel_reason', form: 'text' },
  timeLimitHit: { column: 'time_limit_hit', form: 'flag' },
  progress: { column: 'progress', form: 'number' },
  currentStep: { column: 'current_step', form: 'text' },
  etaS: { column: 'eta_s', form: 'number' },
  attempt: { column: 'attempt', form: 'integer' },
  endedByWorker: { column: 'ended_by_worker', form: 'flag' },
  retryCount: { column: 'retry_count', form: 'integer' },
  dispatch: { column: 'dispatch', form: 'integer' },
  dispatchedAtMs: { column: 'dispatched_at', form: 'time' },
  equipmentIds: { column: 'equipment_ids', form: 'texts' },
  equipmentId: { column: 'equipment_id', form: 'text' },
  workerId: { column: 'worker_id', form: 'text' },
  leaseExpiresAtMs: { column: 'lease_expires_at', form: 'time' },
  runAtMs: { column: 'run_at', form: 'time' },
  startedAtMs: { column: 'started_at', form: 'time' },
  attemptStartedAtMs: { column: 'attempt_started_at', form: 'time' },
  completedAtMs: { column: 'completed_at', form: 'time' },
  errorMessage: { column: 'error_message', form: 'text' },
  errorCode: { column: 'error_code', form: 'text' },
  heldReason: { column: 'held_reason', form: 'text' },
  checkpoint: { column: 'checkpoint', form: 'json' },
  logLines: { column: 'log_lines', form: 'integer' },
  logLinesBefore: { column: 'log_lines_before', form: 'integer' },
} satisfies Record<keyof JobState, Stored>;

const identityColumns = {
  jobId: { column: 'job_id', form: 'text' },
  orgId: { column: 'org_id', form: 'text' },
  runId: { column: 'run_id', form: 'text' },
  process: { column: 'process', form: 'text' },
  jobType: { column: 'job_type', form: 'text' },
  queue: { column: 'queue', form: 'text' },
  toolName: { column: 'tool_name', form: 'text' },
  userId: { column: 'user_id', form: 'text' },
  maxRetries: { column: 'max_retries', form: 'integer' },
  traceparent: { column: 'traceparent', form: 'text' },
} satisfies Record<Exclude<keyof Job, keyof JobState>, Stored>;

const stateFields = Object.keys(stateColumns) as (keyof JobState)[];

/** The select list that answers a `Job` from the table `j`, field by field. */
export const jobSelection = Object.entries<Stored>({ ...identityColumns, ...stateColumns })
  .map(([field, { column, form }]) => `${forms[form].read(`j.${column}`)} as "${field}"`)
  .join(', ');

/** True when there is something to store. */
export function isChanged(before: Job, after: Job): boolean {
  return before !== after && stateFields.some((field) => before[field] !== after[field]);
}

/** Fields that differ in any of these, in one order for everybody. */
export function changedFields(changes: readonly { before: Job; after: Job }[]): (keyof JobState)[] {
  return stateFields.filter((field) => changes.some(({ before, after }) => before[field] !== after[field]));
}

/**
 * A job as it shall be stored, and the result that its tool just answered; with the version that it was decided on, it
 * is stored only if that still stands.
 */
export type JobToSave = { job: Job; version: string | null; result: ToolResult | null };

/**
 * The statement that writes these fields of any number of jobs and counts the moves, and its values. It answers the
 * version of what it wrote, and fails unless it wrote all.
 */
export function updateOf(
  fields: readonly (keyof JobState)[],
  saved: readonly JobToSave[],
  moves: readonly CountedMove[],
): { statement: { name: string; text: string }; values: unknown[] } {
  const stored = fields.map((field): Stored & { field: keyof JobState } => ({
    ...stateColumns[field],
    field,
  }));
  const results = saved.some(({ result }) => result !== null) ? resultColumns : [];
  const counted = moves.length === 0 ? null : countInsert(moves, 1);
  const rows = sentRows(
    [
      { name: 'job_id', type: 'uuid', values: saved.map(({ job }) => job.jobId) },
      { name: 'version', type: 'xid', values: saved.map(({ version }) => version) },
      ...stored.map(({ field, column, form }) => {
        const { type, send } = forms[form];
        return { name: column, type, values: saved.map(({ job }) => send(job[field])) };
      }),
      ...results.map(({ name, type, of }) => ({ name, type, values: saved.map(({ result }) => of(result)) })),
    ],
    { given: 1 + (counted?.values.length ?? 0) },
  );
  const settings = [
    ...stored.map(({ column, form }) => `${column} = ${forms[form].write(`s.${column}`)}`),
    // Of a job beside it that has none now, what is there stays.
    ...results.map(({ name, write = asItIs }) => `${name} = coalesce(${write(`s.${name}`)}, j.${name})`),
  ];
  // One name for each set of fields; there are a few dozen at most.
  const set = fields.reduce((sum, field) => sum + 2 ** stateFields.indexOf(field), 0);
  return {
    statement: {
      name: `save-jobs-${set.toString(36)}-${results.length === 0 ? '' : 'results-'}${counted === null ? '' : 'counts-'}${rows.form}`,
      text: `with written as (
          update jobs j set ${settings.join(', ')} from ${rows.text} s
          where j.job_id = s.job_id and (s.version is null or j.xmin = s.version) returning 1)
        ${counted === null ? '' : `, counted as (${counted.text})`}
        select all_written(count(*), $1::bigint) as version from written`,
    },
    values: [saved.length, ...(counted?.values ?? []), ...rows.values],
  };
}

function asItIs(name: string): string {
  return name;
}
