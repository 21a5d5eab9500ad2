import type { Transaction } from '@spectra/database';
import type { JobStatus } from '@spectra/schemas';
import { and, eq } from 'drizzle-orm';
import { jobs } from './tables.ts';

/** The retries by hand that a failed job has had. */
export type EarlierRetries = {
  /** One that goes on, or came to a good end: its wafers are in its hands. */
  standing: { jobId: string; status: JobStatus } | null;
  /** Those that came to nothing. */
  spent: number;
};

/** Reads what retries by hand a job has had. */
export async function readRetries(tx: Transaction, orgId: string, jobId: string): Promise<EarlierRetries> {
  const found = await tx
    .select({ jobId: jobs.jobId, status: jobs.status })
    .from(jobs)
    .where(and(eq(jobs.orgId, orgId), eq(jobs.retryOf, jobId)));
  const standing = found.filter(({ status }) => status !== 'failed' && status !== 'cancelled');
  return { standing: standing[0] ?? null, spent: found.length - standing.length };
}

/** Why neither a further retry nor a redrive may touch a job's wafers; null while nothing stands in the way. */
export function standingRetry({ standing }: EarlierRetries): string | null {
  return standing === null ? null : `Job ${standing.jobId} retries this one; it is ${standing.status}`;
}
