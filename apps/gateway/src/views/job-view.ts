import { jobRecordSchema, type JobRecord } from '@spectra/schemas';
import { z } from 'zod';
import { artifactView } from './run-view.ts';

/** A job as the API tells it. */
export const jobViewSchema = jobRecordSchema.omit({ org_id: true }).extend({
  links: z.record(z.string(), z.string()),
});

/** Adds links to a job and to its artifacts. */
export function jobView(job: JobRecord): z.infer<typeof jobViewSchema> {
  const { org_id: _orgId, ...record } = job;
  const self = `/api/jobs/${job.job_id}`;
  return {
    ...record,
    artifacts: job.artifacts.map((artifact) =>
      job.run_id === null ? artifact : artifactView(artifact, job.run_id),
    ),
    links: {
      self,
      logs: `${self}/logs`,
      ...(job.run_id === null ? {} : { artifacts: `/api/runs/${job.run_id}/artifacts` }),
    },
  };
}
