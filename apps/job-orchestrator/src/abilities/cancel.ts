import { accept, refuse, type Caller, type jobsRpc, type Result } from '@spectra/schemas';
import { and, eq, type SQL } from 'drizzle-orm';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import { cancelJob } from '../core/cancel-job.ts';
import { jobs } from '../store/tables.ts';

type Contract = (typeof jobsRpc)['cancel'];
type Body = z.output<Contract['request']>;

/** Stops a job, named by its own id or by its run. Repeating it while the job stops answers the same. */
export async function cancel(
  { commands, database }: AbilityContext,
  caller: Caller,
  body: Body,
): Promise<Result<z.input<Contract['reply']>>> {
  if (body.job_id === undefined && body.run_id === undefined) {
    return refuse('validation_failed', 'A cancel names a job_id or a run_id');
  }
  const found = await database.withOrg(caller.orgId, (tx) =>
    tx
      .select({ jobId: jobs.jobId, runId: jobs.runId })
      .from(jobs)
      .where(and(eq(jobs.orgId, caller.orgId), ...conditionsOf(body))),
  );
  const job = found[0];
  if (job === undefined) return refuse('not_found', 'There is no such job');
  const reply = await commands.asOrg(caller.orgId, {
    jobId: job.jobId,
    decide: (present, situation) =>
      cancelJob(present, { reason: body.reason, userId: caller.userId, ownOnly: body.own_only }, situation),
  });
  if (reply === null) return refuse('not_found', 'There is no such job');
  if (!reply.ok) return reply;
  return accept({
    job_id: job.jobId,
    run_id: job.runId,
    status: reply.value.status,
    cancel_requested: reply.value.cancelRequested,
  });
}

function conditionsOf(body: Body): SQL[] {
  return [
    ...(body.job_id === undefined ? [] : [eq(jobs.jobId, body.job_id)]),
    ...(body.run_id === undefined ? [] : [eq(jobs.runId, body.run_id)]),
    ...(body.process === undefined ? [] : [eq(jobs.process, body.process)]),
  ];
}
