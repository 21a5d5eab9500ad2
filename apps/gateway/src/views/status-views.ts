import type { JobStatus } from '@spectra/schemas';

/** Status of a job as `/v1/jobs` tells it (R3-5). */
export const v1Statuses = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;
type V1Status = (typeof v1Statuses)[number];

/** Status of a job as `/tasks` tells it (R2-10). */
export const taskStatuses = ['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'REVOKED'] as const;
type TaskStatus = (typeof taskStatuses)[number];

/**
 * The one table of outside views (contradiction C2). A held job waits for a person and a
 * blocked one for others, so from outside they wait. `/v1` calls
 * a job running from its first attempt on, `/tasks` calls it pending between two attempts.
 */
const views: Readonly<Record<JobStatus, { v1: V1Status; task: TaskStatus }>> = {
  blocked: { v1: 'pending', task: 'PENDING' },
  queued: { v1: 'pending', task: 'PENDING' },
  running: { v1: 'running', task: 'PROCESSING' },
  retrying: { v1: 'running', task: 'PENDING' },
  held: { v1: 'pending', task: 'PENDING' },
  completed: { v1: 'completed', task: 'COMPLETED' },
  failed: { v1: 'failed', task: 'FAILED' },
  cancelled: { v1: 'cancelled', task: 'REVOKED' },
};

/** A status from inside as `/v1` shows it. */
export function v1StatusOf(status: JobStatus): V1Status {
  return views[status].v1;
}

/** A status from inside as `/tasks` shows it. */
export function taskStatusOf(status: JobStatus): TaskStatus {
  return views[status].task;
}

/** Every status from inside that `/v1` shows as this one: what its filter asks for. */
export function statusesOfV1(shown: V1Status): JobStatus[] {
  return (Object.keys(views) as JobStatus[]).filter((status) => views[status].v1 === shown);
}

/** Progress of 0–100 as a share of 0.0–1.0, to a hundredth of a per cent (contradiction C1). */
export function shareOfProgress(progress: number): number {
  return Math.round(progress * 100) / 10_000;
}
