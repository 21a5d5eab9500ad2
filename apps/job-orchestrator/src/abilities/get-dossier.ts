import { accept, refuse, type Caller, type Result, type RunDossier } from '@spectra/schemas';
import type { AbilityContext } from '../context.ts';
import { readDossier } from '../store/dossiers.ts';

/** Everything that is kept of one run of the caller's organisation, beside its log. */
export async function getDossier(
  { database }: AbilityContext,
  caller: Caller,
  runId: string,
): Promise<Result<RunDossier>> {
  const dossier = await database.withOrg(caller.orgId, (tx) => readDossier(tx, caller.orgId, runId));
  return dossier === null ? refuse('not_found', `There is no run ${runId}`) : accept(dossier);
}
