import { and, desc, eq, isNull, ne } from 'drizzle-orm';
import { NELSON_RULES, WESTERN_ELECTRIC_RULES } from '@spectra/spc';
import type {
  ActiveAlarm,
  OutcomeDraft,
  ProcessDefinition,
  ProcessTypes,
  RunChart,
} from '@spectra/run-engine';
import type { RunSpec } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import { spcPoints } from '../monitoring-tables.ts';
import type { LimitsRow, PointRow } from '../monitoring-tables.ts';
import { judgePoints, pointsLookedBack } from './judge-points.ts';
import { limitsInForce } from './limits-in-force.ts';

/** What charts say of a run: alarms to raise or to clear, and how many points broke a rule of frozen limits. */
export interface ChartVerdict {
  readonly alarms: readonly { alarm: ActiveAlarm; state: 'raised' | 'cleared' }[];
  readonly flagged: number;
}

type Recorded<T extends ProcessTypes> = {
  definition: Pick<ProcessDefinition<T>, 'monitoring'>;
  spec: RunSpec;
  family: string;
  recordedAt: Date;
};

/**
 * Stores the points of a finished run, judged by the limits in force, and tells what that means for the alarms of its
 * charts. Repeatable: what is stored already stays as it is.
 */
export async function recordPoints<T extends ProcessTypes>(
  tx: Transaction,
  run: Recorded<T>,
  points: OutcomeDraft['spc'],
): Promise<ChartVerdict> {
  const { spec, family } = run;
  const byChart = Map.groupBy(
    points.map((point, position) => ({ ...point, position })),
    (point) => point.chart,
  );
  const scope = { orgId: spec.org_id, equipmentId: spec.equipment_id, family };
  const inForce = await limitsInForce(tx, { ...scope, charts: [...byChart.keys()] });
  const alarms: { alarm: ActiveAlarm; state: 'raised' | 'cleared' }[] = [];
  let flagged = 0;
  for (const [chart, values] of byChart) {
    const limits = inForce.get(chart) ?? null;
    const before = await pointsBefore(tx, { spec, chart, limits });
    const told =
      limits &&
      judgePoints(
        limits,
        before.map((row) => row.value),
        values.map((each) => each.value),
      );
    const rows = values.map((point, nth) => ({
      ...rowOf(run, point, nth),
      limit_id: limits?.limit_id ?? null,
      rules: told?.[nth]?.rules ?? [],
    }));
    await tx.insert(spcPoints).values(rows).onConflictDoNothing();
    flagged += rows.filter((row) => row.rules.length > 0).length;
    const rules = run.definition.monitoring.charts.find((each) => each.parameter === chart) ?? null;
    const alarm = worstPoint({ chart: rules, limits }, rows, told);
    if (alarm !== null) alarms.push({ alarm, state: 'raised' });
    else if (wasFlagged(before.at(-1))) alarms.push({ alarm: calm(chart, rows.at(-1)), state: 'cleared' });
  }
  return { alarms, flagged };
}

/** The points just before this run that the same limits judged (or that none did), oldest first. */
async function pointsBefore(
  tx: Transaction,
  { spec, chart, limits }: { spec: RunSpec; chart: string; limits: LimitsRow | null },
): Promise<PointRow[]> {
  const rows = await tx
    .select()
    .from(spcPoints)
    .where(
      and(
        eq(spcPoints.org_id, spec.org_id),
        eq(spcPoints.equipment_id, spec.equipment_id),
        eq(spcPoints.chart, chart),
        ne(spcPoints.run_id, spec.run_id),
        limits === null ? isNull(spcPoints.limit_id) : eq(spcPoints.limit_id, limits.limit_id),
      ),
    )
    .orderBy(desc(spcPoints.recorded_at), desc(spcPoints.run_id), desc(spcPoints.position))
    .limit(pointsLookedBack);
  return rows.toReversed();
}

/** The n-th point of a chart is of the run's n-th wafer. */
function rowOf<T extends ProcessTypes>(
  { spec, family, recordedAt }: Recorded<T>,
  point: OutcomeDraft['spc'][number] & { position: number },
  nth: number,
) {
  return {
    org_id: spec.org_id,
    run_id: spec.run_id,
    position: point.position,
    wafer_index: nth,
    wafer_id: spec.wafers[nth]?.wafer_id ?? null,
    equipment_id: spec.equipment_id,
    recipe_hash: spec.recipe_hash,
    family,
    chart: point.chart,
    value: point.value,
    rule: point.rule,
    recorded_at: recordedAt,
  };
}

type JudgedRow = PointRow;

/** One alarm for a chart, by its worst point: outside the specification before outside of statistics. */
function worstPoint(
  { chart, limits }: { chart: RunChart | null; limits: LimitsRow | null },
  rows: readonly JudgedRow[],
  told: readonly { rules: number[]; beyondSpec: boolean }[] | null,
): ActiveAlarm | null {
  const beyondSpec = rows.findLast((_, nth) => told?.[nth]?.beyondSpec === true);
  const beyondEngineering = rows.findLast((row) => row.rule !== null);
  const broken = rows.findLast((row) => row.rules.length > 0);
  if (beyondSpec !== undefined && limits !== null) {
    const limit = nearest(beyondSpec.value, limits.spec_lower, limits.spec_upper);
    return chartAlarm(beyondSpec, { why: 'is outside its specification', severity: 'critical', limit });
  }
  if (beyondEngineering !== undefined) {
    const limit = nearest(beyondEngineering.value, chart?.low ?? null, chart?.high ?? null);
    return chartAlarm(beyondEngineering, {
      why: 'is beyond its engineering limits',
      severity: 'warning',
      limit,
    });
  }
  if (broken === undefined || limits === null) return null;
  const names: Readonly<Record<number, string>> =
    limits.rules === 'western_electric' ? WESTERN_ELECTRIC_RULES : NELSON_RULES;
  const why = `breaks rule ${broken.rules.map((rule) => `${rule} (${names[rule]})`).join(', ')}`;
  const limit = limits.center + Math.sign(broken.value - limits.center) * 3 * limits.sigma;
  return chartAlarm(broken, { why, severity: 'warning', limit });
}

function chartAlarm(
  row: JudgedRow,
  { why, severity, limit }: { why: string; severity: ActiveAlarm['severity']; limit: number | null },
): ActiveAlarm {
  const message = `${row.chart} of wafer ${row.wafer_id ?? row.wafer_index + 1} ${why}`;
  return { id: `chart.${row.chart}`, parameter: row.chart, message, severity, value: row.value, limit };
}

function calm(chart: string, row: JudgedRow | undefined): ActiveAlarm {
  const message = `${chart} is in control again`;
  return {
    id: `chart.${chart}`,
    parameter: chart,
    message,
    severity: 'info',
    value: row?.value ?? null,
    limit: null,
  };
}

function wasFlagged(row: PointRow | undefined): boolean {
  return row !== undefined && (row.rules.length > 0 || row.rule !== null);
}

/** The limit that the value went beyond. */
function nearest(value: number, lower: number | null, upper: number | null): number | null {
  return upper !== null && value > upper ? upper : lower;
}
