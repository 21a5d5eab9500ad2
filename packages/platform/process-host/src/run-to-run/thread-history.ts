import { and, desc, eq, gt, inArray, sql } from 'drizzle-orm';
import type { ThreadResult } from '@spectra/control';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes, RunToRunLoop } from '@spectra/run-engine';
import { metrology, runToRunResults } from '../prediction-tables.ts';
import type { runToRunThreads } from '../prediction-tables.ts';

export type ThreadRow = typeof runToRunThreads.$inferSelect;

/** A result of a thread with what belongs to it. */
export type ThreadRun = ThreadResult & { runId: string; completedAt: Date; wafersMeasured: number };

/** An EWMA has forgotten what lies further back than this. */
const resultsMax = 500;

/**
 * The results of a thread since its restart, in the order of its runs, each with the mean of what metrology found on
 * its wafers (of each wafer the last measurement).
 */
export async function threadRuns<T extends ProcessTypes>(
  tx: Transaction,
  row: ThreadRow,
  about: { loop: RunToRunLoop<T['recipe'], T['waferResult']>; asked: T['recipe'] },
): Promise<ThreadRun[]> {
  const sinceRestart =
    row.restarted_at === null ? undefined : gt(runToRunResults.completed_at, row.restarted_at);
  const results = await tx
    .select()
    .from(runToRunResults)
    .where(
      and(eq(runToRunResults.org_id, row.org_id), eq(runToRunResults.thread_id, row.thread_id), sinceRestart),
    )
    .orderBy(desc(runToRunResults.arrival))
    .limit(resultsMax);
  const runIds = results.map((result) => result.run_id);
  const measured = await measuredMeans(tx, { orgId: row.org_id, parameter: about.loop.measuredBy, runIds });
  // The output is linear in the measurement: two values tell all.
  const atZero = about.loop.outputOf(about.asked, 0);
  const perUnit = about.loop.outputOf(about.asked, 1) - atZero;
  return results.toReversed().map((result) => {
    const found = measured.get(result.run_id);
    return {
      runId: result.run_id,
      completedAt: result.completed_at,
      input: result.input,
      estimate: result.estimate,
      measured: found === undefined ? null : atZero + perUnit * found.mean,
      wafersMeasured: found?.wafers ?? 0,
    };
  });
}

async function measuredMeans(
  tx: Transaction,
  wanted: { orgId: string; parameter: string; runIds: readonly string[] },
): Promise<Map<string, { mean: number; wafers: number }>> {
  if (wanted.runIds.length === 0) return new Map();
  const last = tx
    .selectDistinctOn([metrology.run_id, metrology.wafer_id], {
      run_id: metrology.run_id,
      value: metrology.value,
    })
    .from(metrology)
    .where(
      and(
        eq(metrology.org_id, wanted.orgId),
        eq(metrology.parameter, wanted.parameter),
        inArray(metrology.run_id, [...wanted.runIds]),
      ),
    )
    .orderBy(metrology.run_id, metrology.wafer_id, desc(metrology.measured_at), desc(metrology.arrival))
    .as('last');
  const rows = await tx
    .select({
      runId: last.run_id,
      mean: sql<number>`avg(${last.value})`.mapWith(Number),
      wafers: sql<number>`count(*)`.mapWith(Number),
    })
    .from(last)
    .groupBy(last.run_id);
  return new Map(rows.map(({ runId, mean, wafers }) => [runId, { mean, wafers }]));
}
