import type { Job, JobState } from '../core/job.ts';

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
    write: (value: string) => `to_timestamp(${value} / 1000)`,
    send: (value: unknown) => value,
  },
  /** Lists of lists do not travel: each goes as its literal. */
  texts: {
    read: asItIs,
    type: 'text',
    write: (value: string) => `${value}::text[]`,
    send: (value: unknown) => `{${(value as string[]).map((one) => JSON.stringify(one)).join(',')}}`,
  },
  json: {
    read: asItIs,
    type: 'text',
    write: (value: string) => `${value}::jsonb`,
    send: (value: unknown) => (value === null ? null : JSON.stringify(value)),
  },
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
} satisfies Record<keyof JobState, Stored>;

const identityColumns = {
  jobId: { column: 'job_id', form: 'text' },
  orgId: { column: 'org_id', form: 'text' },
  runId: { column: 'run_id', form: 'text' },
  process: { column: 'process', form: 'text' },
  jobType: { column: 'job_type', form: 'text' },
  queue: { column: 'queue', form: 'text' },
  userId: { column: 'user_id', form: 'text' },
  maxRetries: { column: 'max_retries', form: 'integer' },
  traceparent: { column: 'traceparent', form: 'text' },
} satisfies Record<Exclude<keyof Job, keyof JobState>, Stored>;

const stateFields = Object.keys(stateColumns) as (keyof JobState)[];

/** The select list that answers a `Job` from the table `j`, field by field. */
export const jobSelection = Object.entries<Stored>({ ...identityColumns, ...stateColumns })
  .map(([field, { column, form }]) => `${forms[form].read(`j.${column}`)} as "${field}"`)
  .join(', ');

/** Fields that differ, in one order for everybody. */
export function changedFields(before: Job, after: Job): (keyof JobState)[] {
  return stateFields.filter((field) => before[field] !== after[field]);
}

/** The statement that writes these fields of any number of jobs, and its values. */
export function updateOf(
  fields: readonly (keyof JobState)[],
  jobs: readonly Job[],
): { statement: { name: string; text: string }; values: unknown[][] } {
  const stored = fields.map((field): Stored => stateColumns[field]);
  const lists = stored.map(({ form }, index) => `$${index + 2}::${forms[form].type}[]`);
  const names = stored.map(({ column }) => column);
  const settings = stored.map(({ column, form }) => `${column} = ${forms[form].write(`s.${column}`)}`);
  // One name for each set of fields; there are a few dozen at most.
  const set = fields.reduce((sum, field) => sum + 2 ** stateFields.indexOf(field), 0);
  return {
    statement: {
      name: `save-jobs-${set.toString(36)}`,
      text: `update jobs j set ${settings.join(', ')}
        from unnest($1::uuid[], ${lists.join(', ')}) as s(job_id, ${names.join(', ')})
        where j.job_id = s.job_id`,
    },
    values: [
      jobs.map((job) => job.jobId),
      ...fields.map((field, index) => {
        const { send } = forms[stored[index]?.form ?? 'text'];
        return jobs.map((job) => send(job[field]));
      }),
    ],
  };
}

function asItIs(name: string): string {
  return name;
}
