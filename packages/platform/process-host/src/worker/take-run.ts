import type { ProcessTypes } from '@spectra/run-engine';
import type { TakenJob } from '@spectra/schemas';
import type { GrantedAttempt } from './job-taker.ts';
import { RunAttempt } from './run-attempt.ts';
import type { WorkerContext } from './run-attempt.ts';

/** The attempt at a run that was taken from a process's own queue. */
export function takeRun<T extends ProcessTypes>(
  context: WorkerContext<T>,
  taken: TakenJob,
  leasedMs: number,
): GrantedAttempt {
  if (taken.kind !== 'run') throw new Error(`job ${taken.spec.job_id} on a queue of runs has no run`);
  const { spec, attempt, lease_token: leaseToken, lease_ttl_ms: leaseTtlMs, checkpoint } = taken;
  return new RunAttempt(context, { spec, attempt, leaseToken, leaseTtlMs, leasedMs, checkpoint });
}
