import { accept, type jobsRpc, type Result, type RunSpec } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import { eq } from 'drizzle-orm';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import { claimJob } from '../core/claim-job.ts';
import { namedRecipeOf } from '../store/records.ts';
import { jobs, runs } from '../store/tables.ts';

type Contract = (typeof jobsRpc)['claim'];

/** Gives a dispatched job to a worker, with everything it needs to start. */
export async function claim(
  { commands, database }: AbilityContext,
  leaseTtlMs: number,
  body: z.output<Contract['request']>,
): Promise<Result<z.input<Contract['reply']>>> {
  const reply = await commands.asSystem({
    jobId: body.job_id,
    readsLease: true,
    decide: (job, situation) =>
      claimJob(job, { dispatch: body.dispatch, workerId: body.worker_id }, situation),
  });
  if (reply === null) return accept({ granted: false, reason: 'there is no such job' });
  if (!reply.granted) return accept({ granted: false, reason: reply.reason });
  const start = await database.withSystem((tx) => readStart(tx, body.job_id));
  return accept({
    granted: true,
    attempt: reply.attempt,
    lease_token: reply.leaseToken,
    lease_ttl_ms: leaseTtlMs,
    ...start,
  });
}

async function readStart(tx: Transaction, jobId: string) {
  const [row] = await tx
    .select({ job: jobs, run: runs })
    .from(jobs)
    .innerJoin(runs, eq(jobs.runId, runs.runId))
    .where(eq(jobs.jobId, jobId));
  if (row === undefined) throw new Error(`job ${jobId} was claimed and has no run`);
  const { job, run } = row;
  const spec: RunSpec = {
    run_id: run.runId,
    job_id: job.jobId,
    org_id: job.orgId,
    process: run.process,
    recipe: run.recipe,
    recipe_hash: run.recipeHash,
    ...namedRecipeOf(run.prepared),
    wafers: run.wafers,
    lot_id: run.lotId,
    sop_id: run.sopId,
    source_run_id: run.sourceRunId,
    ...(run.prepared.layer === undefined ? {} : { layer: run.prepared.layer }),
    ...(run.prepared.run_to_run === undefined ? {} : { run_to_run: run.prepared.run_to_run }),
    equipment_id: job.equipmentId ?? '',
    time_scale: run.timeScale,
    seed: run.seed,
    created_by: run.createdBy,
    traceparent: job.traceparent,
  };
  return { spec, checkpoint: job.checkpoint };
}
