import { accept, type Caller, type ChildRun, type childRunsRpc, type Result } from '@spectra/schemas';
import { and, asc, eq } from 'drizzle-orm';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import { jobs, runs } from '../store/tables.ts';

type Body = z.output<(typeof childRunsRpc)['listChildRuns']['request']>;

/** The runs that a job asked for, in the order of their creation; none for a job of another organisation. */
export async function listChildRuns(
  { database }: AbilityContext,
  { orgId }: Caller,
  body: Body,
): Promise<Result<{ runs: ChildRun[] }>> {
  const rows = await database.withOrg(orgId, (tx) =>
    tx
      .select({ job: jobs, run: runs })
      .from(jobs)
      .innerJoin(runs, eq(jobs.runId, runs.runId))
      .where(and(eq(jobs.parentJobId, body.parent_job_id), eq(jobs.orgId, orgId)))
      .orderBy(asc(jobs.sequence)),
  );
  const found = rows.map(({ job, run }) => ({
    run_id: run.runId,
    job_id: job.jobId,
    process: run.process,
    wafer_ids: run.wafers.map((wafer) => wafer.wafer_id),
    status: job.status,
    progress: job.progress,
    current_step: job.currentStep,
    equipment_id: job.equipmentId,
    held_reason: job.heldReason,
    error_message: job.errorMessage ?? job.cancelReason,
    metrics: run.outcome?.metrics ?? null,
    vm_prediction: run.outcome?.vm_prediction ?? null,
  }));
  return accept({ runs: found });
}
