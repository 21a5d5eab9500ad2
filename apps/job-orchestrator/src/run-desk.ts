import type { Database, Transaction } from '@spectra/database';
import type { jobsRpc, RunBatchReport } from '@spectra/schemas';
import type { z } from 'zod';
import { createBatchDesk, type BatchDesk } from './batch-desk.ts';
import { realDurationS, type EstimateOf, type StartEstimate } from './core/estimate.ts';
import { createCreationDesk, type CreationDesk } from './creation-desk.ts';
import { insertRuns, type CreateSettings, type NewRun, type QueuedRun } from './store/run-rows.ts';

/** What a creation answers. */
export type CreateAnswer = z.output<(typeof jobsRpc)['createRun']['reply']>;

/** Creates runs: run, job, first event and idempotency key of each in one transaction. */
export type RunDesk = CreationDesk<NewRun, CreateAnswer>;

/** Many runs of one request. */
export type RunBatchDesk = BatchDesk<NewRun, CreateAnswer, RunBatchReport>;

type RunDeskOptions = {
  database: Database;
  settings: CreateSettings;
  estimate: EstimateOf;
  created: (wanted: readonly NewRun[]) => void;
};

/** Opens the desk. `created` is called after each commit. */
export function createRunDesk(options: RunDeskOptions): RunDesk {
  return createCreationDesk({ ...options, insert: insertWith(options) });
}

/** Opens the desk for batches. */
export function createRunBatchDesk(options: RunDeskOptions): RunBatchDesk {
  return createBatchDesk({ ...options, insert: insertWith(options) });
}

function insertWith({ settings, estimate }: RunDeskOptions) {
  return async (tx: Transaction, wanted: readonly NewRun[], isLast: boolean): Promise<CreateAnswer[]> => {
    const queued = await insertRuns(tx, wanted, { ...settings, isLast });
    return wanted.flatMap((newRun, index) => {
      const run = queued[index];
      return run === undefined ? [] : [answerOf(newRun, run, estimate)];
    });
  };
}

function answerOf(newRun: NewRun, run: QueuedRun, estimate: EstimateOf): CreateAnswer {
  const { warnings } = newRun.prepared;
  const answer = {
    run_id: run.runId,
    job_id: run.jobId,
    status: run.status,
    created_at: new Date(run.createdAtMs).toISOString(),
    warnings,
  };
  if (run.ahead === null) return { ...answer, position_in_queue: null, estimated_start: null };
  const start = startOf(newRun, { queue: run.queue, ahead: run.ahead }, estimate);
  return {
    ...answer,
    position_in_queue: start.positionInQueue,
    estimated_start: new Date(run.createdAtMs + start.startsInS * 1000).toISOString(),
  };
}

function startOf(
  { orgId, prepared, options }: NewRun,
  place: { queue: string; ahead: number },
  estimate: EstimateOf,
): StartEstimate {
  const timeScale = options.time_scale ?? prepared.default_time_scale;
  return estimate({
    orgId,
    ...place,
    equipmentIds: prepared.equipment_ids,
    expectedS: realDurationS(prepared.estimated_tool_time_s, timeScale),
  });
}
