import type { JobStatus } from '@spectra/schemas';

/** What can happen to a job's status. Asking for a cancel of a running job is a flag, not a change of status. */
export const jobChanges = [
  'claim',
  'complete',
  'fail',
  'retry_later',
  'hold',
  'cancel',
  'resume',
  'redrive',
  'release',
] as const;
export type JobChange = (typeof jobChanges)[number];

/** The one table of legal changes; whatever is not in it is refused. */
const legal: Readonly<Record<JobStatus, Readonly<Partial<Record<JobChange, JobStatus>>>>> = {
  blocked: { release: 'queued', hold: 'held', cancel: 'cancelled' },
  queued: { claim: 'running', hold: 'held', cancel: 'cancelled' },
  running: {
    complete: 'completed',
    fail: 'failed',
    retry_later: 'retrying',
    hold: 'held',
    cancel: 'cancelled',
  },
  retrying: { claim: 'running', hold: 'held', cancel: 'cancelled' },
  held: { resume: 'queued', cancel: 'cancelled' },
  failed: { redrive: 'queued' },
  completed: {},
  cancelled: {},
};

/** The status after a change, or null when the change is illegal in this status. */
export function nextStatus(status: JobStatus, change: JobChange): JobStatus | null {
  return legal[status][change] ?? null;
}

/** True when no attempt, timer or person will change the job by itself again; only a redrive reopens `failed`. */
export function isTerminal(status: JobStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

/** True when the job stands in a queue and waits for a worker. */
export function isWaiting(status: JobStatus): boolean {
  return status === 'queued' || status === 'retrying';
}
