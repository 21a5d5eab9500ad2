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
};

/** Far more than may be at work at a time; the rest is of jobs that ended through another process. */
const knownMax = 10_000;

/** Opens the memory. It may be wrong at any time, which the version tells whoever writes. */
export function createKnownJobs(): KnownJobs {
  const known = new Map<string, KnownJob>();
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
        known.delete(job.jobId);
        if (job.dispatchedAtMs !== null && version !== null) known.set(job.jobId, { job, version });
      }
      for (const jobId of known.keys()) {
        if (known.size <= knownMax) break;
        known.delete(jobId);
      }
    },
    forget: (jobIds) => {
      for (const jobId of jobIds) known.delete(jobId);
    },
  };
}
