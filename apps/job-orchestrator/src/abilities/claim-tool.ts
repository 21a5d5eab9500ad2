import type { Transaction } from '@spectra/database';
import { accept, toolNameSchema, type Result, type toolJobsRpc, type ToolSpec } from '@spectra/schemas';
import { eq } from 'drizzle-orm';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import { claimJob } from '../core/claim-job.ts';
import { jobs, toolCalls } from '../store/tables.ts';

type Contract = (typeof toolJobsRpc)['claimTool'];

/** Gives a dispatched job of a tool to a worker, with everything it needs to start. */
export async function claimTool(
  { commands, database }: AbilityContext,
  leaseTtlMs: number,
  body: z.output<Contract['request']>,
): Promise<Result<z.input<Contract['reply']>>> {
  const spec = await database.withSystem((tx) => readSpec(tx, body.job_id));
  if (spec === null) return accept({ granted: false, reason: 'there is no such job' });
  const reply = await commands.asSystem({
    jobId: body.job_id,
    decide: (job, situation) =>
      claimJob(job, { dispatch: body.dispatch, workerId: body.worker_id }, situation),
  });
  if (reply === null) return accept({ granted: false, reason: 'there is no such job' });
  if (!reply.granted) return accept({ granted: false, reason: reply.reason });
  return accept({ granted: true, attempt: reply.attempt, lease_ttl_ms: leaseTtlMs, spec });
}

/** What is fixed at creation may be read before the claim: then no claim is granted that cannot start. */
async function readSpec(tx: Transaction, jobId: string): Promise<ToolSpec | null> {
  const [row] = await tx
    .select({ job: jobs, params: toolCalls.parameters })
    .from(jobs)
    .innerJoin(toolCalls, eq(toolCalls.jobId, jobs.jobId))
    .where(eq(jobs.jobId, jobId));
  if (row === undefined) return null;
  return {
    job_id: row.job.jobId,
    org_id: row.job.orgId,
    user_id: row.job.userId,
    tool: toolNameSchema.parse(row.job.toolName),
    params: row.params,
    traceparent: row.job.traceparent,
  };
}
