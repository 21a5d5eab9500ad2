import type { batchRpc, Caller, Result, RunBatchReport, ToolBatchReport } from '@spectra/schemas';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import type { NewRun } from '../store/run-rows.ts';
import type { NewToolJob } from '../store/tool-rows.ts';
import { paramsRefusal } from './create-tool-job.ts';
import { planBatch } from './plan-batch.ts';

type Body<Name extends keyof typeof batchRpc> = z.output<(typeof batchRpc)[Name]['request']>;
type Asked<Name extends keyof typeof batchRpc> = { caller: Caller; traceparent: string; body: Body<Name> };

/** Queues many runs that passed their gates, in one transaction. */
export async function createRuns(
  context: AbilityContext,
  { caller, traceparent, body }: Asked<'createRuns'>,
): Promise<Result<RunBatchReport>> {
  const { orgId, userId } = caller;
  const plan = await planBatch(context, caller, {
    ...body,
    listName: 'runs',
    dependsOn: ({ options }) => options.depends_on ?? [],
  });
  if (!plan.ok) return plan;
  const jobs = plan.value.wanted.map(
    ({ wanted, jobId, dependsOn }): NewRun => ({
      orgId,
      userId,
      process: body.process,
      jobType: body.job_type,
      ...wanted,
      retryOf: null,
      checkpoint: null,
      traceparent,
      jobId,
      dependsOn,
      onFailure: wanted.options.on_failure,
    }),
  );
  const { reportOf } = plan.value;
  const report = await context.runBatches.create({
    orgId,
    userId,
    idempotency: idempotencyOf(body),
    wanted: { jobs, reportOf },
  });
  lookBehind(context, jobs);
  return report;
}

/** Queues many jobs of tools, in one transaction. */
export async function createToolJobs(
  context: AbilityContext,
  { caller, traceparent, body }: Asked<'createToolJobs'>,
): Promise<Result<ToolBatchReport>> {
  const { orgId, userId } = caller;
  const items = body.items.map(({ key, item }) => {
    const refusal = 'wanted' in item ? paramsRefusal(item.wanted.params) : null;
    return refusal === null ? { key, item } : { key, item: { refusal } };
  });
  const plan = await planBatch(context, caller, {
    mode: body.mode,
    items,
    listName: 'jobs',
    dependsOn: (order) => order.depends_on ?? [],
  });
  if (!plan.ok) return plan;
  const jobs = plan.value.wanted.map(
    ({ wanted, jobId, dependsOn }): NewToolJob => ({
      orgId,
      userId,
      tool: wanted.tool,
      params: wanted.params,
      ttlHours: wanted.ttl_hours,
      priority: wanted.priority,
      ended: null,
      retryOf: null,
      traceparent,
      jobId,
      dependsOn,
      onFailure: wanted.on_failure,
    }),
  );
  const { reportOf } = plan.value;
  const report = await context.toolBatches.create({
    orgId,
    userId,
    idempotency: idempotencyOf(body),
    wanted: { jobs, reportOf },
  });
  lookBehind(context, jobs);
  return report;
}

function idempotencyOf({ idempotency }: Body<'createRuns'> | Body<'createToolJobs'>) {
  return idempotency === undefined ? null : { key: idempotency.key, bodyHash: idempotency.body_hash };
}

/** What they depend on may have ended before they were stored. */
function lookBehind(context: AbilityContext, jobs: readonly (NewRun | NewToolJob)[]): void {
  context.lookBehind(jobs.flatMap(({ dependsOn }) => (dependsOn ?? []).map((link) => link.jobId)));
}
