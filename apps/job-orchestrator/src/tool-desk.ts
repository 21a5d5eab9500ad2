import type { Database, Transaction } from '@spectra/database';
import { estimateToolS, toolEntry, type ToolBatchReport, type toolJobsRpc } from '@spectra/schemas';
import type { z } from 'zod';
import { createBatchDesk, type BatchDesk } from './batch-desk.ts';
import type { EstimateOf } from './core/estimate.ts';
import { createCreationDesk, type CreationDesk } from './creation-desk.ts';
import {
  insertToolJobs,
  type NewToolJob,
  type StoredToolJob,
  type ToolJobSettings,
} from './store/tool-rows.ts';

/** What the creation of a tool's job answers. */
export type ToolJobAnswer = z.output<(typeof toolJobsRpc)['createToolJob']['reply']>;

/** Creates jobs without a run: queued, or recorded as ended. */
export type ToolDesk = CreationDesk<NewToolJob, ToolJobAnswer>;

/** Many jobs of one request. */
export type ToolBatchDesk = BatchDesk<NewToolJob, ToolJobAnswer, ToolBatchReport>;

type ToolDeskOptions = {
  database: Database;
  settings: ToolJobSettings;
  estimate: EstimateOf;
  created: (wanted: readonly NewToolJob[]) => void;
};

type Creations = Parameters<typeof createCreationDesk<NewToolJob, ToolJobAnswer>>[0];

/** Opens the desk. `created` is called after each commit; what starts at once is told by another way. */
export function createToolDesk(options: ToolDeskOptions & Pick<Creations, 'startAtOnce'>): ToolDesk {
  return createCreationDesk({ ...options, insert: insertWith(options) });
}

/** Opens the desk for batches. */
export function createToolBatchDesk(options: ToolDeskOptions): ToolBatchDesk {
  return createBatchDesk({ ...options, insert: insertWith(options) });
}

function insertWith({ settings, estimate }: ToolDeskOptions) {
  return async (
    tx: Transaction,
    wanted: readonly NewToolJob[],
    isLast: boolean,
  ): Promise<ToolJobAnswer[]> => {
    const stored = await insertToolJobs(tx, wanted, { ...settings, isLast });
    return wanted.flatMap((newJob, index) => {
      const job = stored[index];
      return job === undefined ? [] : [answerOf(newJob, job, estimate)];
    });
  };
}

function answerOf(newJob: NewToolJob, job: StoredToolJob, estimate: EstimateOf): ToolJobAnswer {
  const expectedS = estimateToolS(newJob.tool, newJob.params);
  const answer = {
    job_id: job.jobId,
    status: job.status,
    created_at: new Date(job.createdAtMs).toISOString(),
    estimated_duration_s: expectedS,
  };
  if (job.ahead === null) return { ...answer, position_in_queue: null, estimated_start: null };
  const { orgId } = newJob;
  const { queue } = toolEntry(newJob.tool);
  const start = estimate({ orgId, queue, equipmentIds: [], expectedS, ahead: job.ahead });
  return {
    ...answer,
    position_in_queue: start.positionInQueue,
    estimated_start: new Date(job.createdAtMs + start.startsInS * 1000).toISOString(),
  };
}
