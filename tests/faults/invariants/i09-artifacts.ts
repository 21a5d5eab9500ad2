import type { Evidence } from '../evidence/evidence.ts';
import type { Invariant } from './invariant.ts';

/** Every artifact row has its object with the same bytes, and every object its row. */
export const artifacts: Invariant = {
  id: 'I9',
  promise: 'artifact rows ↔ objects, sha-256 equal',
  check: (evidence) => [...rowBreaches(evidence), ...objectBreaches(evidence)],
};

function rowBreaches({ artifacts: rows, objects, jobs, experiment }: Evidence): string[] {
  const byKey = new Map(objects.map((object) => [object.key, object]));
  const withFiles = new Set(rows.map((row) => row.jobId));
  const bare = jobs.filter(
    (job) => job.runId !== null && job.status === 'completed' && !withFiles.has(job.jobId),
  );
  return [
    ...rows.flatMap((row) => {
      const object = byKey.get(row.key);
      if (object === undefined) return [`${row.key} has a row and no object`];
      if (object.sha256 !== row.sha256 || object.sizeBytes !== row.sizeBytes)
        return [`${row.key} is not what its row says`];
      return [];
    }),
    ...bare.map((job) => `run ${job.runId} is completed without any artifact (${experiment})`),
  ];
}

/**
 * An attempt that was broken off may leave files that nobody recorded; the reconciler removes them after a day. A job
 * that was done in one attempt leaves none.
 */
function objectBreaches({ artifacts: rows, objects, jobs }: Evidence): string[] {
  const recorded = new Set(rows.map((row) => row.key));
  const atOnce = new Set(
    jobs
      .filter((job) => job.status === 'completed' && job.attempt === 1)
      .flatMap((job) => [job.jobId, ...(job.runId === null ? [] : [job.runId])]),
  );
  return objects
    .filter(({ key }) => !recorded.has(key) && atOnce.has(key.split('/')[3] ?? ''))
    .map(({ key }) => `${key} is an object without a row`);
}
