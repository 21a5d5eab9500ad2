import { accept, refuse, type jobsRpc, type Result } from '@spectra/schemas';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import { finishAttempt } from '../core/finish-attempt.ts';

type Contract = (typeof jobsRpc)['finish'];

/** Ends an attempt as its worker tells. */
export async function finish(
  { commands }: AbilityContext,
  body: z.output<Contract['request']>,
): Promise<Result<z.input<Contract['reply']>>> {
  const reply = await commands.asSystem({
    jobId: body.job_id,
    decide: (job, situation) =>
      finishAttempt(
        job,
        {
          attempt: body.attempt,
          progress: body.progress,
          currentStep: body.current_step,
          outcome: body.outcome,
          logs: body.logs,
          logsBefore: body.logs_before,
        },
        situation,
      ),
  });
  return reply === null ? refuse('not_found', 'There is no such job') : accept(reply);
}
