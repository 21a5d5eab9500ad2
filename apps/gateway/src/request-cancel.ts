import type { Principal } from '@spectra/http-kit';
import { reachOf } from '@spectra/policy';
import { jobsRpc } from '@spectra/schemas';
import type { Ask } from './ask.ts';

/** The one cancel behind every address of a job; whoever may cancel only what they started is held to that. */
export function requestCancel(
  ask: Ask,
  asker: { principal: Principal; traceparent: string },
  job: { job_id: string; tool_only?: boolean },
) {
  const { caller } = asker.principal;
  return ask(asker, {
    service: 'jobs',
    contract: jobsRpc.cancel,
    body: {
      ...job,
      own_only: reachOf(caller, 'job:cancel') === 'own',
      reason: `cancelled by ${caller.userId}`,
    },
  });
}
