import type { Job } from '../core/job.ts';

/**
 * A job and the version in which it was read or written, by which a writer notices that somebody else wrote meanwhile;
 * null while it is locked, since then nobody else can.
 */
export type KnownJob = { job: Job; version: string | null };

/** What this process wrote last of the jobs at work. */
export type KnownJobs = {
  /** All of them, or null when one is not known. */
  find(jobIds: readonly string[]): Map<string, KnownJob> | null;
  /** Takes note of what was committed; a job that is not at work any more is forgotten. */
  keep(jobs: readonly Job[], version: string | null): void;
  forget(jobIds: readonly string[]): void;
  /** How many jobs of a queue this worker has. */
  countWith(queue: string, workerId: string): number;
};

/** Far more than may be at work at a time; the rest is of jobs that ended through another process. */
const knownMax = 10_000;

/** Opens the memory. It may be wrong at any time, which the version tells whoever writes. */
export function createKnownJobs(): KnownJobs {
  const known = new Map<string, KnownJob>();
  const counts = new Map<string, number>();
  const count = ({ queue, workerId }: Job, by: number): void => {
    const key = `${queue}/${workerId}`;
    const sum = (counts.get(key) ?? 0) + by;
    if (sum > 0) counts.set(key, sum);
    else counts.delete(key);
  };
  const forget = (jobId: string): void => {
    const one = known.get(jobId);
    if (one === undefined) return;
    known.delete(jobId);
    count(one.job, -1);
  };
  return {
    find: (jobIds) => {
      const found = new Map<string, KnownJob>();
      for (const jobId of jobIds) {
        const one = known.get(jobId);
        if (one === undefined) return null;
        found.set(jobId, one);
      }
      return found;
    },
    keep: (jobs, version) => {
      for (const job of jobs) {
        forget(job.jobId);
        if (job.dispatchedAtMs === null || version === null) continue;
        known.set(job.jobId, { job, version });
        count(job, 1);
      }
      for (const jobId of known.keys()) {
        if (known.size <= knownMax) break;
        forget(jobId);
      }
    },
    forget: (jobIds) => {
      for (const jobId of jobIds) forget(jobId);
    },
    countWith: (queue, workerId) => counts.get(`${queue}/${workerId}`) ?? 0,
  };
}
