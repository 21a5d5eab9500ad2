import { and, desc, eq, gt, inArray, lte, sql } from 'drizzle-orm';
import type { ThreadResult } from '@spectra/control';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes, RunToRunLoop } from '@spectra/run-engine';
import { metrology, runToRunResults } from '../prediction-tables.ts';
import type { runToRunThreads } from '../prediction-tables.ts';
import { equipmentEvents } from '../tables.ts';

export type ThreadRow = typeof runToRunThreads.$inferSelect;

/** A result of a thread with what belongs to it. */
export type ThreadRun = ThreadResult & { runId: string; completedAt: Date; wafersMeasured: number };

/** An EWMA has forgotten what lies further back than this. */
const resultsMax = 500;

/**
 * The results of a thread since a time, in the order of its runs, each with the mean of what metrology found on
 * its wafers (of each wafer the last measurement).
 */
export async function threadRuns<T extends ProcessTypes>(
  tx: Transaction,
  row: ThreadRow,
  about: { loop: RunToRunLoop<T['recipe'], T['waferResult']>; asked: T['recipe']; since: Date | null },
): Promise<ThreadRun[]> {
  const { since } = about;
  const sinceRestart = since === null ? undefined : gt(runToRunResults.completed_at, since);
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

/** Where a thread began last: made, restarted by a person, or by the maintenance of its tool. */
export interface ThreadStart {
  readonly since: Date | null;
  readonly reason: string | null;
  readonly input: number;
}

/**
 * After maintenance the tool is another one: earlier results count no more, and the input stays what it was in the
 * last run before. A person's restart that came later says itself where the thread begins.
 */
export async function threadStart(tx: Transaction, row: ThreadRow): Promise<ThreadStart> {
  const own = { since: row.restarted_at, reason: row.restart_reason, input: row.start_input };
  const [maintained] = await tx
    .select({ at: equipmentEvents.at, reason: equipmentEvents.reason })
    .from(equipmentEvents)
    .where(
      and(
        eq(equipmentEvents.org_id, row.org_id),
        eq(equipmentEvents.equipment_id, row.equipment_id),
        eq(equipmentEvents.kind, 'maintenance'),
      ),
    )
    .orderBy(desc(equipmentEvents.event_id))
    .limit(1);
  if (!maintained || (own.since !== null && own.since >= maintained.at)) return own;
  const [last] = await tx
    .select({ input: runToRunResults.input })
    .from(runToRunResults)
    .where(
      and(
        eq(runToRunResults.org_id, row.org_id),
        eq(runToRunResults.thread_id, row.thread_id),
        lte(runToRunResults.completed_at, maintained.at),
      ),
    )
    .orderBy(desc(runToRunResults.arrival))
    .limit(1);
  return {
    since: maintained.at,
    reason: `maintenance: ${maintained.reason}`,
    input: last?.input ?? row.start_input,
  };
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
