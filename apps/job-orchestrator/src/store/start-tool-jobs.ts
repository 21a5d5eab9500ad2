import { commitBehind, runPrepared, type Transaction } from '@spectra/database';
import { toolEntry } from '@spectra/schemas';
import type { CommandSettings } from './run-commands.ts';
import type { DispatchLimits } from '../core/dispatcher.ts';
import { queuedJob, type Job } from '../core/job.ts';
import type { Place } from '../core/standing-workers.ts';
import { takeJob } from '../core/take-job.ts';
import { lockTakers, standing } from './take-rows.ts';
import { insertParts, startedRow, type NewToolJob } from './tool-rows.ts';

/** Whoever takes jobs is busy for longer only when the database is slow: then the line is the shorter way. */
const lockPatienceMs = 100;

type StartSettings = CommandSettings & { limits: DispatchLimits };

/** A job that started with its creation, in the version in which it was written. */
export type StartedJob = { newJob: NewToolJob; job: Job; createdAtMs: number; version: string | null };

/**
 * The parts of the statement that look for room: the statement fails, whatever else it does, unless nobody stands before
 * the new jobs and there is room for all of them. It answers the version in which they are written.
 */
const roomParts = `
    at_work as materialized (
      select queue, org_id, worker_id from jobs where dispatched_at is not null),
    room as materialized (
      select all_written(count(*), 1) as version from (
        select 1 where not exists (
            select 1 from jobs j
            where ${standing} and j.queue = $3 and (j.run_at is null or j.run_at <= clock_timestamp()))
          and (select count(*) from at_work where queue = $3) + $4::int <= $5::int
          and (select count(*) from at_work where org_id = $1::uuid) + $4::int <= $6::int
          and not exists (
            select 1 from unnest($7::text[], $8::int[], $9::int[]) as w(worker_id, given, slots)
            where w.given > w.slots - (
              select count(*) from at_work a where a.queue = $3 and a.worker_id = w.worker_id))) found)`;

/**
 * Creates jobs of one organisation and one queue that start at once, each at its place, under the takers' lock: nothing
 * of it is committed when somebody stands in line meanwhile, or a limit would be passed.
 */
export async function startToolJobs(
  tx: Transaction,
  newJobs: readonly NewToolJob[],
  places: readonly Place[],
  settings: StartSettings & { isLast: boolean },
): Promise<StartedJob[]> {
  const [first] = newJobs;
  if (first === undefined) return [];
  const { orgId, tool } = first;
  const { limits, leaseTtlMs } = settings;
  const taken = places.slice(0, newJobs.length);
  const rows = newJobs.map((newJob, index) => {
    const place = taken[index];
    if (place === undefined) throw new Error('each new job that starts needs a place');
    return startedRow(newJob, newJob.jobId ?? settings.newId(), { workerId: place.workerId, leaseTtlMs });
  });
  const { queue } = toolEntry(tool);
  const queueMax = limits.perQueue[queue] ?? limits.otherQueue;
  const beside = [queue, rows.length, queueMax, limits.perOrganisation, ...columnsOf(taken)];
  const insert = insertParts({ orgId, ageingStepMs: limits.ageingStepMs, beside }, rows);
  const statement = {
    name: `start-tool-jobs-${insert.form}`,
    text: `with ${roomParts}, ${insert.text} select now_ms as "nowMs", version from clock, room`,
  };
  if (settings.isLast) commitBehind(tx);
  // The lock is a statement before: what comes behind it sees what the taker before committed.
  const [, started] = await Promise.all([
    lockTakers(tx, lockPatienceMs),
    runPrepared<{ nowMs: number; version: string }>(tx, statement, insert.values),
  ]);
  const createdAtMs = started[0]?.nowMs ?? 0;
  return rows.map(({ jobId, newJob, start }) => {
    const job = startedJob(newJob, jobId, start?.workerId ?? '', { ...settings, nowMs: createdAtMs });
    return { newJob, job, createdAtMs, version: started[0]?.version ?? null };
  });
}

/** Workers, the jobs that each is given, and its slots. */
function columnsOf(places: readonly Place[]): [string[], number[], number[]] {
  const byWorker = [...Map.groupBy(places, (place) => place.workerId)];
  return [
    byWorker.map(([workerId]) => workerId),
    byWorker.map(([, own]) => own.length),
    byWorker.map(([, own]) => own[0]?.slots ?? 0),
  ];
}

/** The job as it was just stored: queued and taken in one. */
function startedJob(
  { orgId, tool, userId, traceparent }: NewToolJob,
  jobId: string,
  workerId: string,
  at: StartSettings & { nowMs: number },
): Job {
  const { queue, maxRetries } = toolEntry(tool);
  const fixed = { jobId, orgId, runId: null, process: null, jobType: 'tool', toolName: tool } as const;
  const job = queuedJob(
    { ...fixed, queue, userId, maxRetries, traceparent },
    { equipmentIds: [], checkpoint: null },
  );
  return takeJob(job, { workerId, equipmentId: null }, { ...at, lease: null }).job;
}
