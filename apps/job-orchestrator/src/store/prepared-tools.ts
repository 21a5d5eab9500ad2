import type { Transaction } from '@spectra/database';
import { and, eq, sql } from 'drizzle-orm';
import { jobs, runs } from './tables.ts';

/** The tools that the gates of a job's run found at its creation, best first; null for a job without a run. */
export async function readPreparedTools(
  tx: Transaction,
  orgId: string,
  jobId: string,
): Promise<string[] | null> {
  const [found] = await tx
    .select({ tools: sql<string[]>`${runs.prepared}->'equipment_ids'` })
    .from(runs)
    .innerJoin(jobs, eq(jobs.runId, runs.runId))
    .where(and(eq(jobs.jobId, jobId), eq(jobs.orgId, orgId)));
  return found?.tools ?? null;
}
