import { commitBehind, runPrepared, type Transaction } from '@spectra/database';
import { toolEntry } from '@spectra/schemas';
import type { CommandSettings } from './run-commands.ts';
import type { DispatchLimits } from '../core/dispatcher.ts';
import { queuedJob, type Job } from '../core/job.ts';
import type { Place } from '../core/standing-workers.ts';
import { takeJob } from '../core/take-job.ts';
import { lockTakers, standing } from './take-rows.ts';
import { insertOf, startedRow, type NewToolJob } from './tool-rows.ts';

/** Whoever takes jobs is busy for longer only when the database is slow: then the line is the shorter way. */
const lockPatienceMs = 100;

type StartSettings = CommandSettings & { limits: DispatchLimits };

/** A job that started with its creation, in the version in which it was written. */
export type StartedJob = { newJob: NewToolJob; job: Job; createdAtMs: number; version: string | null };

/** Fails with its transaction unless nobody stands before the new jobs and there is room for all of them. */
const roomStatement = {
  name: 'room-to-start',
  text: `
    with at_work as materialized (
      select queue, org_id, worker_id from jobs where dispatched_at is not null)
    select all_written(count(*), 1) as version from (
      select 1 where not exists (
          select 1 from jobs j
          where ${standing} and j.queue = $1 and (j.run_at is null or j.run_at <= clock_timestamp()))
        and (select count(*) from at_work where queue = $1) + $3::int <= $4::int
        and (select count(*) from at_work where org_id = $2::uuid) + $3::int <= $5::int
        and not exists (
          select 1 from unnest($6::text[], $7::int[], $8::int[]) as w(worker_id, given, slots)
          where w.given > w.slots - (
            select count(*) from at_work a where a.queue = $1 and a.worker_id = w.worker_id))) room`,
};

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
  const insert = insertOf(orgId, limits.ageingStepMs, rows);
  if (settings.isLast) commitBehind(tx);
  const [, room, inserted] = await Promise.all([
    lockTakers(tx, lockPatienceMs),
    runPrepared<{ version: string }>(tx, roomStatement, [
      toolEntry(tool).queue,
      orgId,
      rows.length,
      limits.perQueue[toolEntry(tool).queue] ?? limits.otherQueue,
      limits.perOrganisation,
      ...columnsOf(taken),
    ]),
    runPrepared<{ nowMs: number }>(tx, insert.statement, insert.values),
  ]);
  const createdAtMs = inserted[0]?.nowMs ?? 0;
  return rows.map(({ jobId, newJob, start }) => {
    const job = startedJob(newJob, jobId, start?.workerId ?? '', { ...settings, nowMs: createdAtMs });
    return { newJob, job, createdAtMs, version: room[0]?.version ?? null };
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
