import { accept, type dossierRpc, type Result } from '@spectra/schemas';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import { storeReport } from '../store/dossiers.ts';

type Contract = (typeof dossierRpc)['recordCompliance'];

/** Keeps how a worker judged its run; a stale attempt stores nothing, a repeated one nothing new. */
export async function recordCompliance(
  { database }: AbilityContext,
  body: z.output<Contract['request']>,
): Promise<Result<z.input<Contract['reply']>>> {
  const { job_id: jobId, attempt, report } = body;
  return accept({ stored: await database.withSystem((tx) => storeReport(tx, { jobId, attempt, report })) });
}
