import type { Invariant } from './invariant.ts';

const settled = new Set(['completed', 'failed', 'cancelled', 'held']);

/** What was answered with an id is in Postgres, came to an end, and stands there once. */
export const acknowledged: Invariant = {
  id: 'I1',
  promise: 'every acknowledged id is in Postgres, once, and came to an end',
  check({ accepted, jobs, runs }) {
    const byId = new Map(jobs.map((job) => [job.jobId, job]));
    const runIds = new Set(runs.map((run) => run.runId));
    const breaches = accepted.flatMap(({ jobId, runId, orgId }) => {
      const job = byId.get(jobId);
      if (job === undefined) return [`job ${jobId} was acknowledged and is not in Postgres`];
      if (runId !== null && !runIds.has(runId))
        return [`run ${runId} was acknowledged and is not in Postgres`];
      if (job.runId !== runId || job.orgId !== orgId) return [`job ${jobId} is not what was acknowledged`];
      return settled.has(job.status) ? [] : [`job ${jobId} never ended: it is ${job.status}`];
    });
    const known = new Set(accepted.map((job) => job.jobId));
    const unknown = jobs.filter((job) => !known.has(job.jobId));
    const byKey = Map.groupBy(accepted, (job) => `${job.orgId} ${job.idempotencyKey}`);
    const doubles = [...byKey].filter(([, made]) => new Set(made.map((job) => job.jobId)).size > 1);
    return [
      ...breaches,
      ...unknown.map((job) => `job ${job.jobId} was made and nobody was ever told of it`),
      ...doubles.map(([key]) => `the key ${key} made more than one job`),
    ];
  },
};
