import {
  accept,
  refuse,
  toolNameSchema,
  type Caller,
  type JobRecord,
  type Result,
  type RunOptions,
} from '@spectra/schemas';
import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { AbilityContext } from '../context.ts';
import { waferStateOf } from '../core/job.ts';
import type { Creation } from '../store/create-once.ts';
import { jobOf } from '../store/job-rows.ts';
import { readRetries, standingRetry } from '../store/retries.ts';
import type { NewRun } from '../store/run-rows.ts';
import { jobs, runs } from '../store/tables.ts';
import { getJob } from './read-jobs.ts';

const hourMs = 3_600_000;

type Stored = { job: typeof jobs.$inferSelect; run: typeof runs.$inferSelect };

/** A new run of a new job with the parameters of a failed one. */
export async function retry(
  context: AbilityContext,
  request: { caller: Caller; traceparent: string; jobId: string },
): Promise<Result<JobRecord>> {
  const { caller, traceparent, jobId } = request;
  const [stored] = await context.database.withOrg(caller.orgId, (tx) =>
    tx
      .select({ job: jobs, run: runs })
      .from(jobs)
      .innerJoin(runs, eq(jobs.runId, runs.runId))
      .where(and(eq(jobs.jobId, jobId), eq(jobs.orgId, caller.orgId))),
  );
  if (stored === undefined) return retryTool(context, request);
  if (stored.job.status !== 'failed') {
    return refuse('illegal_transition', `Only a failed job can be retried; this one is ${stored.job.status}`);
  }
  const once = await onceOnly(context, caller, jobId);
  if (!once.ok) return once;
  const created = await context.runs.create({
    orgId: caller.orgId,
    ...once.value,
    wanted: { ...again(stored), userId: caller.userId, traceparent },
  });
  return created.ok ? getJob(context, caller, created.value.job_id) : created;
}

/** The same tool once more, kept as long as the failed job would have been from its creation on. */
async function retryTool(
  context: AbilityContext,
  { caller, traceparent, jobId }: { caller: Caller; traceparent: string; jobId: string },
): Promise<Result<JobRecord>> {
  const { orgId, userId } = caller;
  const [stored] = await context.database.withOrg(orgId, (tx) =>
    tx
      .select({ job: jobs, params: sql<Record<string, unknown>>`parameters` })
      .from(jobs)
      .where(and(eq(jobs.jobId, jobId), eq(jobs.orgId, orgId), isNotNull(jobs.toolName))),
  );
  if (stored === undefined) return refuse('not_found', 'There is no such job');
  const { job, params } = stored;
  if (job.status !== 'failed') {
    return refuse('illegal_transition', `Only a failed job can be retried; this one is ${job.status}`);
  }
  const tool = toolNameSchema.parse(job.toolName);
  const keptMs = (job.expiresAt ?? job.createdAt).getTime() - job.createdAt.getTime();
  const once = await onceOnly(context, caller, jobId);
  if (!once.ok) return once;
  const created = await context.tools.create({
    orgId,
    ...once.value,
    wanted: {
      orgId,
      userId,
      tool,
      params,
      ttlHours: keptMs / hourMs,
      priority: job.priority,
      ended: null,
      retryOf: jobId,
      traceparent,
    },
  });
  return created.ok ? getJob(context, caller, created.value.job_id) : created;
}

/**
 * Whoever asks twice, or two people at once, make one retry: two would take the same wafers up from the same checkpoint.
 * A further one is made only when those before it came to nothing.
 */
async function onceOnly(
  { database }: AbilityContext,
  { orgId }: Caller,
  jobId: string,
): Promise<Result<Pick<Creation<unknown>, 'userId' | 'idempotency'>>> {
  const earlier = await database.withOrg(orgId, (tx) => readRetries(tx, orgId, jobId));
  const standing = standingRetry(earlier);
  if (standing !== null) return refuse('illegal_transition', standing);
  const idempotency = { key: `${jobId}/${earlier.spent}`, bodyHash: jobId };
  return accept({ userId: keyOwner, idempotency });
}

/** No user's id: these keys belong to the failed job, whoever retries it. */
const keyOwner = 'retry';

/**
 * The same run once more. Where the process goes on to the remaining dose, the dose that the wafers have
 * already had goes with it, on the tool that holds them.
 */
function again({ job, run }: Stored): Omit<NewRun, 'userId' | 'traceparent'> {
  const goesOn = waferStateOf(jobOf(job)) === 'resume';
  return {
    orgId: job.orgId,
    process: run.process,
    jobType: job.jobType,
    prepared: goesOn ? { ...run.prepared, equipment_ids: job.equipmentIds } : run.prepared,
    options: optionsOf(job, run),
    retryOf: job.jobId,
    checkpoint: goesOn ? job.checkpoint : null,
  };
}

function optionsOf(job: Stored['job'], run: Stored['run']): RunOptions {
  return {
    wafers: run.wafers,
    ...(run.lotId === null ? {} : { lot_id: run.lotId }),
    ...(run.comments === null ? {} : { comments: run.comments }),
    ...(run.sourceRunId === null ? {} : { source_run_id: run.sourceRunId }),
    time_scale: run.timeScale,
    seed: run.seed,
    priority: job.priority,
  };
}
