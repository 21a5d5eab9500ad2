import { accept, type Caller, type Result } from '@spectra/schemas';
import type { AbilityContext } from '../context.ts';
import { planDependencies, type Link } from '../core/plan-dependencies.ts';
import { knownJobs } from '../store/dependencies.ts';

/** The jobs of the caller's organisation that a single new one shall wait for; refused when one is unknown. */
export async function dependenciesOf(
  { database, newId }: AbilityContext,
  caller: Caller,
  dependsOn: readonly string[] | undefined,
): Promise<Result<Link[]>> {
  if (dependsOn === undefined) return accept([]);
  const known = await database.withOrg(caller.orgId, (tx) => knownJobs(tx, caller.orgId, dependsOn));
  const [plan] = planDependencies([{ key: null, jobId: newId(), dependsOn }], known);
  return plan ?? accept([]);
}
