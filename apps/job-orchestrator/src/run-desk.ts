import type { Database } from '@spectra/database';
import type { jobsRpc } from '@spectra/schemas';
import type { z } from 'zod';
import { realDurationS, type EstimateOf } from './core/estimate.ts';
import { createCreationDesk, type CreationDesk } from './creation-desk.ts';
import { insertRuns, type CreateSettings, type NewRun, type QueuedRun } from './store/run-rows.ts';

/** What a creation answers. */
export type CreateAnswer = z.output<(typeof jobsRpc)['createRun']['reply']>;

/** Creates runs: run, job, first event and idempotency key of each in one transaction. */
export type RunDesk = CreationDesk<NewRun, CreateAnswer>;

/** Opens the desk. `created` is called after each commit. */
export function createRunDesk(options: {
  database: Database;
  settings: CreateSettings;
  estimate: EstimateOf;
  created: (wanted: readonly NewRun[]) => void;
}): RunDesk {
  const { database, settings, estimate, created } = options;
  return createCreationDesk({
    database,
    created,
    insert: async (tx, wanted: readonly NewRun[]) => {
      const queued = await insertRuns(tx, wanted, settings);
      return wanted.flatMap((newRun, index) => {
        const run = queued[index];
        return run === undefined ? [] : [answerOf(newRun, run, estimate)];
      });
    },
  });
}

function answerOf(newRun: NewRun, run: QueuedRun, estimate: EstimateOf): CreateAnswer {
  const { prepared, options } = newRun;
  const timeScale = options.time_scale ?? prepared.default_time_scale;
  const start = estimate({
    orgId: newRun.orgId,
    queue: run.queue,
    equipmentIds: prepared.equipment_ids,
    expectedS: realDurationS(prepared.estimated_tool_time_s, timeScale),
    ahead: run.ahead,
  });
  return {
    run_id: run.runId,
    job_id: run.jobId,
    status: 'queued',
    created_at: new Date(run.createdAtMs).toISOString(),
    position_in_queue: start.positionInQueue,
    estimated_start: new Date(run.createdAtMs + start.startsInS * 1000).toISOString(),
    warnings: prepared.warnings,
  };
}
