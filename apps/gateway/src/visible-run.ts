import { can } from '@spectra/policy';
import { jobsRpc, refuse, type Result, type RunRecord } from '@spectra/schemas';
import { z } from 'zod';
import type { Ask } from './ask.ts';
import { doorOf } from './process-doors.ts';

/** The address of what belongs to one run of any process. */
export const runParams = z.strictObject({ run_id: z.string().min(1).max(64) });

/** Whoever may see runs of one process may knock; which process it is, is seen then. */
export const viewRuns = { kind: 'permission', anyOf: ['ion:view_run', 'rtp:view_run'] } as const;

/** The run, if this caller may see runs of its process. */
export async function visibleRun(
  ask: Ask,
  asker: Parameters<Ask>[0],
  runId: string,
): Promise<Result<RunRecord>> {
  const run = await ask(asker, { service: 'jobs', contract: jobsRpc.getRun, body: { run_id: runId } });
  if (!run.ok) return run;
  const wanted = doorOf(run.value.process)?.permissions.viewRun;
  if (wanted === undefined || !can(asker.principal.caller, wanted)) {
    return refuse('permission_denied', `Permission denied: ${wanted ?? run.value.process}`);
  }
  return run;
}
