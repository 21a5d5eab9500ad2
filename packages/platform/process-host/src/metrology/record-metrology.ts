import { and, eq } from 'drizzle-orm';
import type { z } from 'zod';
import { accept, refuse } from '@spectra/schemas';
import type { Measurement, MetrologyRecord, Result, metrologyRpc } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { metrology } from '../prediction-tables.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { learnAfterMetrology } from '../virtual-metrology/learn-safely.ts';
import { measuredRun } from './measured-run.ts';
import { measurementErrors } from './measurement-errors.ts';
import { toMetrologyRecord } from './metrology-record.ts';
import type { MetrologyRow } from './metrology-record.ts';

type Contract = (typeof metrologyRpc)['record'];
type NewRow = typeof metrology.$inferInsert;

/** Ends the transaction of a list of which one cannot be stored: all or none. */
class Contradiction extends Error {
  readonly at: number;
  readonly stored: MetrologyRow;
  constructor(at: number, stored: MetrologyRow) {
    super('a measurement contradicts a stored one');
    this.at = at;
    this.stored = stored;
  }
}

/**
 * Stores measurements, all or none of them. The same one posted again changes nothing; another value of the same wafer,
 * instrument and time is refused.
 */
export async function recordMetrology<T extends ProcessTypes>(
  context: ServiceContext<T>,
  asked: Asked<z.output<Contract['request']>>,
): Promise<Result<z.input<Contract['reply']>>> {
  const { measurements, listed } = asked.body;
  const nowMs = context.clock.nowMs();
  const pathOf = (index: number) => (field: string) => (listed ? `measurements.${index}.${field}` : field);
  const errors = measurements.flatMap((measurement, index) =>
    measurementErrors(measurement, context.definition.metrology, { path: pathOf(index), nowMs }),
  );
  if (errors.length > 0) return refuse('validation_failed', 'A measurement is not usable', errors);
  const rows: NewRow[] = [];
  for (const [index, measurement] of measurements.entries()) {
    const measuredAt = new Date(measurement.measured_at ?? nowMs);
    const run = await measuredRun(context, asked, { measurement, measuredAt, path: pathOf(index) });
    if (!run.ok) return run;
    rows.push(rowOf(measurement, { runId: run.value, measuredAt, asked }));
  }
  const stored = await storeAll(context, asked.caller.orgId, { rows, measurements, pathOf });
  if (stored.ok) await learnAfterMetrology(context, asked.caller.orgId, stored.value.measurements);
  return stored;
}

async function storeAll<T extends ProcessTypes>(
  context: ServiceContext<T>,
  orgId: string,
  posted: {
    rows: readonly NewRow[];
    measurements: readonly Measurement[];
    pathOf: (index: number) => (field: string) => string;
  },
): Promise<Result<z.input<Contract['reply']>>> {
  try {
    return await context.database.withOrg(orgId, async (tx) => {
      const stored: MetrologyRecord[] = [];
      let duplicates = 0;
      for (const [index, row] of posted.rows.entries()) {
        const timed = posted.measurements[index]?.measured_at !== undefined;
        const { kept, isNew } = await storeOne(tx, row, timed);
        if (kept.value !== row.value) throw new Contradiction(index, kept);
        if (!isNew) duplicates += 1;
        stored.push(toMetrologyRecord(kept, context.definition));
      }
      return accept({ measurements: stored, duplicates });
    });
  } catch (error) {
    if (!(error instanceof Contradiction)) throw error;
    const { at, stored } = error;
    const path = posted.pathOf(at)('value');
    return refuse('conflict', 'Another value of this wafer, instrument and time is stored already', [
      { path, message: 'contradicts a stored value', value: posted.rows[at]?.value, limit: stored.value },
    ]);
  }
}

/** The stored row; one without a time of its own is the same as any of the same value. */
async function storeOne(
  tx: Transaction,
  row: NewRow,
  timed: boolean,
): Promise<{ kept: MetrologyRow; isNew: boolean }> {
  const same = and(
    eq(metrology.org_id, row.org_id),
    eq(metrology.run_id, row.run_id),
    eq(metrology.wafer_id, row.wafer_id),
    eq(metrology.parameter, row.parameter),
    eq(metrology.tool, row.tool ?? ''),
    timed ? eq(metrology.measured_at, row.measured_at) : eq(metrology.value, row.value),
  );
  const [before] = await tx.select().from(metrology).where(same).limit(1);
  if (before) return { kept: before, isNew: false };
  const [made] = await tx.insert(metrology).values(row).onConflictDoNothing().returning();
  if (made) return { kept: made, isNew: true };
  // Somebody stored it between the two statements.
  const [after] = await tx.select().from(metrology).where(same).limit(1);
  if (!after) throw new Error('a measurement was neither stored nor found');
  return { kept: after, isNew: false };
}

function rowOf(
  measurement: Measurement,
  facts: { runId: string; measuredAt: Date; asked: Pick<Asked<unknown>, 'caller'> },
): NewRow {
  const { caller } = facts.asked;
  return {
    org_id: caller.orgId,
    run_id: facts.runId,
    wafer_id: measurement.wafer_id,
    lot_id: measurement.lot_id ?? null,
    parameter: measurement.parameter,
    value: measurement.value,
    uncertainty: measurement.uncertainty ?? null,
    tool: measurement.tool ?? '',
    sites: measurement.sites ?? null,
    measured_at: facts.measuredAt,
    recorded_by: caller.userId,
  };
}
