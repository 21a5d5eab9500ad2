import type { Invariant } from './invariant.ts';

/** Every artifact row has its object with the same bytes, and every object its row. */
export const artifacts: Invariant = {
  id: 'I9',
  promise: 'artifact rows ↔ objects, sha-256 equal',
  check({ artifacts, objects, jobs, experiment }) {
    const byKey = new Map(objects.map((object) => [object.key, object]));
    const rows = artifacts.flatMap((row) => {
      const object = byKey.get(row.key);
      if (object === undefined) return [`${row.key} has a row and no object`];
      if (object.sha256 !== row.sha256 || object.sizeBytes !== row.sizeBytes)
        return [`${row.key} is not what its row says`];
      return [];
    });
    const withFiles = new Set(artifacts.map((row) => row.jobId));
    const bare = jobs.filter(
      (job) => job.runId !== null && job.status === 'completed' && !withFiles.has(job.jobId),
    );
    return [
      ...rows,
      ...bare.map((job) => `run ${job.runId} is completed without any artifact (${experiment})`),
    ];
  },
};
