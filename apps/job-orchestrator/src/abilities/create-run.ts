import { refuse, type Caller, type jobsRpc, type Result } from '@spectra/schemas';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import type { CreateAnswer } from '../run-desk.ts';
import { knownJobs } from '../store/dependencies.ts';
import { dependenciesOf } from './dependencies-of.ts';

type Body = z.output<(typeof jobsRpc)['createRun']['request']>;

/** Queues a prepared run: run, job, event and idempotency key in one commit. */
export async function createRun(
  context: AbilityContext,
  request: { caller: Caller; traceparent: string; body: Body },
): Promise<Result<CreateAnswer>> {
  const { database, runs, lookBehind } = context;
  const { caller, traceparent, body } = request;
  const { retry_of: retryOf, parent_job_id: parentJobId, idempotency } = body;
  const named = [retryOf, parentJobId].filter((jobId) => jobId !== undefined);
  const known =
    named.length === 0
      ? new Map()
      : await database.withOrg(caller.orgId, (tx) => knownJobs(tx, caller.orgId, named));
  const unknown = named.find((jobId) => !known.has(jobId));
  if (unknown !== undefined) return refuse('not_found', `There is no job ${unknown}`);
  const dependsOn = await dependenciesOf(context, caller, body.options.depends_on);
  if (!dependsOn.ok) return dependsOn;
  const created = await runs.create({
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
      dependsOn: dependsOn.value,
      onFailure: body.options.on_failure,
      parentJobId: parentJobId ?? null,
    },
    idempotency: idempotency === undefined ? null : { key: idempotency.key, bodyHash: idempotency.body_hash },
  });
  // What it depends on may have ended before it was stored.
  lookBehind(dependsOn.value.map((link) => link.jobId));
  return created;
}
