import type { Database } from '@spectra/database';
import { estimateToolS, toolEntry, type toolJobsRpc } from '@spectra/schemas';
import type { z } from 'zod';
import type { EstimateOf } from './core/estimate.ts';
import { createCreationDesk, type CreationDesk } from './creation-desk.ts';
import { insertToolJobs, type NewToolJob, type ToolJobSettings } from './store/tool-rows.ts';

/** What the creation of a tool's job answers. */
export type ToolJobAnswer = z.output<(typeof toolJobsRpc)['createToolJob']['reply']>;

/** Creates jobs without a run: queued, or recorded as ended. */
export type ToolDesk = CreationDesk<NewToolJob, ToolJobAnswer>;

/** Opens the desk. `created` is called after each commit. */
export function createToolDesk(options: {
  database: Database;
  settings: ToolJobSettings;
  estimate: EstimateOf;
  created: (wanted: readonly NewToolJob[]) => void;
}): ToolDesk {
  const { database, settings, estimate, created } = options;
  return createCreationDesk({
    database,
    created,
    insert: async (tx, wanted: readonly NewToolJob[]) => {
      const stored = await insertToolJobs(tx, wanted, settings);
      return wanted.flatMap((newJob, index): ToolJobAnswer[] => {
        const job = stored[index];
        if (job === undefined) return [];
        const expectedS = estimateToolS(newJob.tool, newJob.params);
        const answer = {
          job_id: job.jobId,
          status: job.status,
          created_at: new Date(job.createdAtMs).toISOString(),
          estimated_duration_s: expectedS,
        };
        if (job.ahead === null) return [{ ...answer, position_in_queue: null, estimated_start: null }];
        const { orgId } = newJob;
        const { queue } = toolEntry(newJob.tool);
        const start = estimate({ orgId, queue, equipmentIds: [], expectedS, ahead: job.ahead });
        return [
          {
            ...answer,
            position_in_queue: start.positionInQueue,
            estimated_start: new Date(job.createdAtMs + start.startsInS * 1000).toISOString(),
          },
        ];
      });
    },
  });
}
