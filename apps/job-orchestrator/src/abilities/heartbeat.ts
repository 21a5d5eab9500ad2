import { accept, type jobsRpc, type Result } from '@spectra/schemas';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import { recordHeartbeat } from '../core/record-heartbeat.ts';

type Contract = (typeof jobsRpc)['heartbeat'];

/** Keeps a worker's progress and lease; tells it whether it still counts and whether it shall stop. */
export async function heartbeat(
  { commands }: AbilityContext,
  body: z.output<Contract['request']>,
): Promise<Result<z.input<Contract['reply']>>> {
  const reply = await commands.asSystem({
    jobId: body.job_id,
    decide: (job, situation) =>
      recordHeartbeat(
        job,
        {
          attempt: body.attempt,
          progress: body.progress,
          currentStep: body.current_step,
          etaS: body.eta_s,
          checkpoint: body.checkpoint ?? null,
          logs: body.logs,
          logsBefore: body.logs_before,
        },
        situation,
      ),
  });
  // A job that does not exist is the stalest of all.
  if (reply === null) return accept({ stale: true, cancel_requested: false });
  return accept({ stale: reply.stale, cancel_requested: reply.cancelRequested });
}
