import { accept, jobsRpc } from '@spectra/schemas';
import type { Dispatch, Result } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import { RunAttempt } from './run-attempt.ts';
import type { WorkerContext } from './run-attempt.ts';
import type { GrantedAttempt } from './wake-up-consumer.ts';

const claimTimeoutMs = 5_000;

/** Claims the run that a wake-up is about; null when the orchestrator refuses it. */
export async function claimRun<T extends ProcessTypes>(
  context: WorkerContext<T>,
  workerId: string,
  { job_id, dispatch, traceparent }: Dispatch,
): Promise<Result<GrantedAttempt | null>> {
  const { messaging, logger } = context;
  const answer = await messaging.call('jobs', jobsRpc.claim, {
    traceparent,
    body: { job_id, dispatch, worker_id: workerId },
    timeoutMs: claimTimeoutMs,
  });
  if (!answer.ok) {
    logger.warn({ job_id, refusal: answer.refusal }, 'the claim was not decided');
    return answer;
  }
  if (!answer.value.granted) {
    logger.info({ job_id, reason: answer.value.reason }, 'the claim was refused');
    return accept(null);
  }
  const { attempt, lease_token, lease_ttl_ms, spec, checkpoint } = answer.value;
  return accept(
    new RunAttempt(context, {
      spec,
      attempt,
      leaseToken: lease_token,
      leaseTtlMs: lease_ttl_ms,
      checkpoint,
    }),
  );
}
