import { accept, type jobsRpc, type Result } from '@spectra/schemas';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import { markClaim } from '../mark-claim.ts';

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
