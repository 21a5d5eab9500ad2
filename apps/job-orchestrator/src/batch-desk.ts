import type { Database, Transaction } from '@spectra/database';
import { createCreationDesk, type CreationDesk } from './creation-desk.ts';

/** Many new jobs of one request, and how what became of them is told. */
type Batch<New, Answer, Report> = {
  jobs: readonly New[];
  reportOf: (answers: readonly Answer[]) => Report;
};

/** Creates batches; each is one transaction under one idempotency key, which keeps the report. */
export type BatchDesk<New, Answer, Report> = CreationDesk<Batch<New, Answer, Report>, Report>;

/** Opens a desk. `created` is called after each commit. */
export function createBatchDesk<New, Answer, Report>(options: {
  database: Database;
  insert: (tx: Transaction, wanted: readonly New[], isLast: boolean) => Promise<Answer[]>;
  created: (wanted: readonly New[]) => void;
}): BatchDesk<New, Answer, Report> {
  return createCreationDesk({
    database: options.database,
    created: (batches) => options.created(batches.flatMap((batch) => batch.jobs)),
    creationsMax: 1,
    insert: async (tx, batches: readonly Batch<New, Answer, Report>[], isLast) => {
      const reports: Report[] = [];
      for (const { jobs, reportOf } of batches)
        reports.push(reportOf(await options.insert(tx, jobs, isLast && batches.length === 1)));
      return reports;
    },
  });
}
