import type { RunEvent, RunEventType } from '@spectra/schemas';
import type { EventExtra } from './decision.ts';
import type { Job } from './job.ts';

/** States what happened to a run, as a CloudEvent; null for a job without a run. */
export function runEvent(
  job: Job,
  happened: { type: RunEventType; extra: EventExtra; id: string; atMs: number },
): RunEvent | null {
  if (job.runId === null) return null;
  return {
    specversion: '1.0',
    id: happened.id,
    source: '/spectra/job-orchestrator',
    type: happened.type,
    subject: job.runId,
    time: new Date(happened.atMs).toISOString(),
    datacontenttype: 'application/json',
    dataschema: 'urn:spectra:schema:run-event:1',
    traceparent: job.traceparent,
    data: {
      run_id: job.runId,
      job_id: job.jobId,
      status: job.status,
      progress: job.progress,
      current_step: job.currentStep,
      eta_s: job.etaS,
      attempt: job.attempt,
      equipment_id: job.equipmentId,
      ...happened.extra,
    },
  };
}
