import {
  accept,
  refuse,
  type Artifact,
  type Caller,
  type JobRecord,
  type jobsRpc,
  type Result,
  type RunRecord,
} from '@spectra/schemas';
import { and, asc, eq } from 'drizzle-orm';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import { fittingItems } from '../core/fitting-items.ts';
import { artifactOf, listJobs, listRuns, readJob, readRun, type Page } from '../store/records.ts';
import { artifacts, jobLogs, jobs } from '../store/tables.ts';

type Body<Name extends keyof typeof jobsRpc> = z.output<(typeof jobsRpc)[Name]['request']>;
type Reply<Name extends keyof typeof jobsRpc> = Result<z.input<(typeof jobsRpc)[Name]['reply']>>;

/** One run of the caller's organisation. */
export async function getRun(
  { database }: AbilityContext,
  caller: Caller,
  body: Body<'getRun'>,
): Promise<Result<RunRecord>> {
  const query = { runId: body.run_id, process: body.process };
  const run = await database.withOrg(caller.orgId, (tx) => readRun(tx, caller.orgId, query));
  return run === null ? refuse('not_found', `There is no run ${body.run_id}`) : accept(run);
}

/** Runs of one process, newest first; of large ones fewer than were asked for. */
export async function getRuns(
  { database }: AbilityContext,
  caller: Caller,
  body: Body<'listRuns'>,
): Promise<Result<Page<RunRecord>>> {
  const page = await database.withOrg(caller.orgId, (tx) => listRuns(tx, caller.orgId, body));
  return accept({ ...page, items: fittingItems(page.items) });
}

/** One job of the caller's organisation. */
export async function getJob(
  { database }: AbilityContext,
  caller: Caller,
  jobId: string,
): Promise<Result<JobRecord>> {
  const job = await database.withOrg(caller.orgId, (tx) => readJob(tx, caller.orgId, jobId));
  return job === null ? refuse('not_found', `There is no job ${jobId}`) : accept(job);
}

/** Jobs of the caller's organisation, newest first; of large ones fewer than were asked for. */
export async function getJobs(
  { database }: AbilityContext,
  caller: Caller,
  body: Body<'listJobs'>,
): Promise<Result<Page<JobRecord>>> {
  const query = { ...body, jobType: body.job_type };
  const page = await database.withOrg(caller.orgId, (tx) => listJobs(tx, caller.orgId, query));
  return accept({ ...page, items: fittingItems(page.items) });
}

/** A job's log lines over all its attempts, in their order. */
export async function getLogs(
  { database }: AbilityContext,
  caller: Caller,
  body: Body<'getLogs'>,
): Promise<Reply<'getLogs'>> {
  return database.withOrg(caller.orgId, async (tx) => {
    const [job] = await tx
      .select({ logLines: jobs.logLines })
      .from(jobs)
      .where(and(eq(jobs.jobId, body.job_id), eq(jobs.orgId, caller.orgId)));
    if (job === undefined) return refuse('not_found', `There is no job ${body.job_id}`);
    const rows = await tx
      .select()
      .from(jobLogs)
      .where(eq(jobLogs.jobId, body.job_id))
      .orderBy(asc(jobLogs.line))
      .limit(body.limit)
      .offset(body.offset);
    const items = rows.map((row) => ({
      at: row.at.toISOString(),
      level: row.level,
      message: row.message,
      attempt: row.attempt,
      line: row.line,
    }));
    return accept({ items, total: job.logLines });
  });
}

/** What is known of a stored file; its bytes are in the object store. */
export async function getArtifact(
  { database }: AbilityContext,
  caller: Caller,
  body: Body<'getArtifact'>,
): Promise<Result<Artifact>> {
  const [row] = await database.withOrg(caller.orgId, (tx) =>
    tx
      .select()
      .from(artifacts)
      .where(
        and(
          eq(artifacts.artifactId, body.artifact_id),
          eq(artifacts.runId, body.run_id),
          eq(artifacts.orgId, caller.orgId),
        ),
      ),
  );
  return row === undefined ? refuse('not_found', 'There is no such artifact') : accept(artifactOf(row));
}
