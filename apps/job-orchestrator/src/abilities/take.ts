import { accept, type jobsRpc, type Result, type TakenJob } from '@spectra/schemas';
import { startSpan } from '@spectra/service-kit';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';

type Contract = (typeof jobsRpc)['take'];

/** Gives a worker the next jobs of its queue, with everything it needs to start them. */
export async function take(
  { takes }: AbilityContext,
  body: z.output<Contract['request']>,
): Promise<Result<z.input<Contract['reply']>>> {
  const { queue, slots, worker_id: workerId, in_hand: inHand } = body;
  const jobs = await takes.take({ queue, slots, workerId, inHand: inHand ?? null });
  for (const job of jobs) markClaim(job, { queue, workerId });
  return accept({ jobs });
}

/** Workers take jobs in groups, outside any trace; the claim is marked in the trace of each job. */
function markClaim(job: TakenJob, by: { queue: string; workerId: string }): void {
  startSpan({
    name: 'claim',
    kind: 'internal',
    under: job.spec,
    attributes: {
      'spectra.job_id': job.spec.job_id,
      'spectra.attempt': job.attempt,
      'spectra.queue': by.queue,
      'spectra.worker': by.workerId,
    },
  }).end();
}
