import { refuse, type Caller, type jobsRpc, type Result } from '@spectra/schemas';
import { and, eq } from 'drizzle-orm';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import type { CreateAnswer } from '../run-desk.ts';
import { jobs } from '../store/tables.ts';

type Body = z.output<(typeof jobsRpc)['createRun']['request']>;

/** Queues a prepared run: run, job, event and idempotency key in one commit. */
export async function createRun(
  { database, runs }: AbilityContext,
  request: { caller: Caller; traceparent: string; body: Body },
): Promise<Result<CreateAnswer>> {
  const { caller, traceparent, body } = request;
  const { retry_of: retryOf, idempotency } = body;
  if (retryOf !== undefined) {
    const known = await database.withOrg(caller.orgId, (tx) =>
      tx
        .select({ jobId: jobs.jobId })
        .from(jobs)
        .where(and(eq(jobs.jobId, retryOf), eq(jobs.orgId, caller.orgId))),
    );
    if (known.length === 0) return refuse('not_found', `There is no job ${retryOf} to retry`);
  }
  return runs.create({
    orgId: caller.orgId,
    userId: caller.userId,
    wanted: {
      orgId: caller.orgId,
      userId: caller.userId,
      process: body.process,
      jobType: body.job_type,
      prepared: body.prepared,
      options: body.options,
      retryOf: retryOf ?? null,
      checkpoint: null,
      traceparent,
    },
    idempotency: idempotency === undefined ? null : { key: idempotency.key, bodyHash: idempotency.body_hash },
  });
}
