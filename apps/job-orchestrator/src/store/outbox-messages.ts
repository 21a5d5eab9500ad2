import { runSubject, type RunEvent } from '@spectra/schemas';
import type { Job } from '../core/job.ts';
import type { NewColumn } from './sent-columns.ts';

/** An event of a run that is published once its transaction is committed. */
type Told = { job: Pick<Job, 'orgId' | 'jobId' | 'process'>; event: RunEvent };

/** The rows in which events wait for the relay. */
export const outboxMessages = {
  table: 'outbox',
  columns: [
    { name: 'message_id', type: 'text', of: ({ event }) => event.id },
    { name: 'org_id', type: 'uuid', of: ({ job }) => job.orgId },
    { name: 'job_id', type: 'uuid', of: ({ job }) => job.jobId },
    { name: 'subject', type: 'text', of: ({ job, event }) => eventSubject(job, event) },
    { name: 'payload', type: 'text', of: ({ event }) => JSON.stringify(event) },
  ] satisfies NewColumn<Told>[],
};

/** The subject of a run's events. */
export function eventSubject(job: Told['job'], event: RunEvent): string {
  return runSubject({ orgId: job.orgId, process: job.process ?? 'none', runId: event.subject }, 'event');
}
