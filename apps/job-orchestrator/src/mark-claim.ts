import type { TakenJob } from '@spectra/schemas';
import { startSpan } from '@spectra/service-kit';

/** Jobs are given to workers in groups, outside any trace; the claim is marked in the trace of each job. */
export function markClaim(job: TakenJob, by: { queue: string; workerId: string }): void {
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
