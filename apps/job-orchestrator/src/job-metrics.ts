import type { Database } from '@spectra/database';
import { Counter, Gauge, Histogram, type Registry } from '@spectra/service-kit';
import { sql } from 'drizzle-orm';
import type { FiringOutcome } from './background/fire-schedules.ts';
import type { AfterCommit } from './store/run-commands.ts';

/** Figures of the queue for operators. */
export type JobMetrics = {
  transitions(transitions: AfterCommit['transitions']): void;
  deadLetters(queues: readonly string[]): void;
  started(jobs: readonly { queue: string; waitedMs: number }[]): void;
  /** A schedule was due. */
  firing: (outcome: FiringOutcome) => void;
};

/** Seconds around the promised 25 ms, and up to a queue that stands still. */
const startBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120, 600, 3600];

/** Registers the orchestrator's figures; those of the database are read when somebody looks. */
export function createJobMetrics(registry: Registry, database: Database): JobMetrics {
  const registers = [registry];
  const transitions = new Counter({
    name: 'spectra_job_transitions_total',
    help: 'Changes of a job status',
    labelNames: ['from', 'to'],
    registers,
  });
  registerGauges(registry, database);
  const counted = countersOf(registry);
  const start = new Histogram({
    name: 'spectra_job_start_seconds',
    help: 'Time from the creation of a job to the worker that got its first attempt',
    labelNames: ['queue'],
    buckets: startBuckets,
    registers,
  });
  const firings = new Counter({
    name: 'spectra_schedule_firings_total',
    help: 'Due times of schedules by what came of them; later: somebody who has to be asked did not answer',
    labelNames: ['outcome'],
    registers,
  });
  return {
    firing: (outcome) => firings.inc({ outcome }),
    transitions: (all) => {
      for (const { from, to, queue, errorCode } of all) {
        transitions.inc({ from, to });
        if (to === 'running') counted.attempts.inc({ queue });
        if (to === 'retrying') counted.retries.inc({ queue });
        if (from === 'running' && errorCode === 'worker_lost') counted.lostLeases.inc({ queue });
      }
    },
    deadLetters: (queues) => {
      for (const queue of queues) counted.deadLetters.inc({ queue });
    },
    started: (jobs) => {
      for (const { queue, waitedMs } of jobs) start.observe({ queue }, waitedMs / 1000);
    },
  };
}

/** What waits, read from the database when somebody looks. */
function registerGauges(registry: Registry, database: Database): void {
  const registers = [registry];
  const depth: Gauge<'queue' | 'status'> = new Gauge({
    name: 'spectra_queue_depth',
    help: 'Jobs by queue and status, finished ones left out',
    labelNames: ['queue', 'status'],
    registers,
    collect: () => readQueueFigures(database, depth, oldest),
  });
  const oldest = new Gauge({
    name: 'spectra_queue_oldest_age_seconds',
    help: 'Age of the job that waits longest',
    labelNames: ['queue'],
    registers,
  });
  const unpublished: Gauge = new Gauge({
    name: 'spectra_outbox_unpublished',
    help: 'Messages that wait to be published',
    registers,
    collect: () => readOutboxFigures(database, unpublished, lag),
  });
  const lag = new Gauge({
    name: 'spectra_outbox_lag_seconds',
    help: 'Age of the oldest message that waits to be published',
    registers,
  });
  const deadLetters: Gauge = new Gauge({
    name: 'spectra_dead_letters',
    help: 'Finally failed jobs that nobody redrove',
    registers,
    collect: () => readDeadLetterFigures(database, deadLetters, lettersByCode),
  });
  const lettersByCode = new Gauge({
    name: 'spectra_dead_letters_by_code',
    help: 'The same by queue and code of the failure',
    labelNames: ['queue', 'code'],
    registers,
  });
}

/** What happened to attempts, by queue. */
function countersOf(registry: Registry) {
  const counter = (name: string, help: string) =>
    new Counter({ name, help, labelNames: ['queue'], registers: [registry] });
  return {
    attempts: counter('spectra_job_attempts_total', 'Attempts that were given to a worker'),
    retries: counter('spectra_job_retries_total', 'Attempts that ended with another one to come'),
    lostLeases: counter('spectra_job_leases_lost_total', 'Attempts whose worker stopped answering'),
    deadLetters: counter('spectra_job_dead_letters_total', 'Jobs that failed for good'),
  };
}

/** Seconds that the oldest unpublished message waits; 0 when none does. */
export async function outboxLagS(database: Database): Promise<number> {
  return (await readOutbox(database)).lagS;
}

async function readQueueFigures(
  database: Database,
  depth: Gauge<'queue' | 'status'>,
  oldest: Gauge<'queue'>,
): Promise<void> {
  const rows = await database.withSystem(async (tx) => {
    // In parts, since each has its own small index, however many jobs are finished.
    const figures = await tx.execute<{ queue: string; status: string; jobs: number; age_s: number }>(sql`
      select queue, status, count(*)::int as jobs,
        extract(epoch from clock_timestamp() - min(created_at))::float8 as age_s
      from (
        select queue, status, created_at from jobs
        where status in ('queued', 'retrying') and dispatched_at is null
        union all
        select queue, status, created_at from jobs where dispatched_at is not null
        union all
        select queue, status, created_at from jobs where status = 'blocked') unfinished
      group by queue, status`);
    return figures.rows;
  });
  depth.reset();
  oldest.reset();
  for (const row of rows) {
    depth.set({ queue: row.queue, status: row.status }, row.jobs);
    if (row.status === 'queued') oldest.set({ queue: row.queue }, row.age_s);
  }
}

async function readOutboxFigures(database: Database, unpublished: Gauge, lag: Gauge): Promise<void> {
  const outbox = await readOutbox(database);
  unpublished.set(outbox.messages);
  lag.set(outbox.lagS);
}

async function readOutbox(database: Database): Promise<{ messages: number; lagS: number }> {
  const result = await database.withSystem((tx) =>
    tx.execute<{ messages: number; lag_s: number }>(sql`
      select count(*)::int as messages,
        coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as lag_s
      from outbox where published_at is null`),
  );
  const row = result.rows[0];
  return { messages: row?.messages ?? 0, lagS: row?.lag_s ?? 0 };
}

async function readDeadLetterFigures(
  database: Database,
  total: Gauge,
  byCode: Gauge<'queue' | 'code'>,
): Promise<void> {
  const found = await database.withSystem((tx) =>
    tx.execute<{ queue: string; code: string; letters: number }>(sql`
      select j.queue, coalesce(d.code, 'none') as code, count(*)::int as letters
      from dead_letters d join jobs j on j.job_id = d.job_id
      where d.redriven_at is null group by 1, 2`),
  );
  byCode.reset();
  for (const { queue, code, letters } of found.rows) byCode.set({ queue, code }, letters);
  total.set(found.rows.reduce((sum, row) => sum + row.letters, 0));
}
