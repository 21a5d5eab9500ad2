import { and, count, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { accept } from '@spectra/schemas';
import type { Result, SpcChart, SpcPoint, spcRpc } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import type { Transaction } from '@spectra/database';
import { spcLimits, spcPoints } from '../monitoring-tables.ts';
import type { LimitsRow, PointRow } from '../monitoring-tables.ts';
import { notFound } from '../service-context.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { causeOf } from './compute-limits.ts';
import { limitsInForce } from './limits-in-force.ts';
import { chartOf, limitsView, shortLimits } from './limits-view.ts';
import { playbookOf } from './playbooks.ts';
import { newestFirst, pointsOf } from './points-query.ts';

type ListCharts = (typeof spcRpc)['listCharts'];
type ReadChart = (typeof spcRpc)['readChart'];

/** The charts that runs filled, those with the newest point first. */
export async function listCharts<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.output<ListCharts['request']>>,
): Promise<Result<{ items: SpcChart[]; total: number }>> {
  const { orgId } = caller;
  const { definition } = context;
  return context.database.withOrg(orgId, async (tx) => {
    const groups = await tx
      .select({
        equipment_id: spcPoints.equipment_id,
        parameter: spcPoints.chart,
        family: spcPoints.family,
        points: count(),
        flagged: sql<number>`count(*) filter (where rules <> '{}' or rule is not null)::int`,
        first_at: sql<string>`min(${spcPoints.recorded_at})`,
        last_at: sql<string>`max(${spcPoints.recorded_at})`,
        last_value: sql<number>`(array_agg(value order by recorded_at desc, run_id desc, position desc))[1]`,
        total: sql<number>`count(*) over ()::int`,
      })
      .from(spcPoints)
      .where(pointsOf({ orgId, ...body }))
      .groupBy(spcPoints.equipment_id, spcPoints.chart, spcPoints.family)
      .orderBy(
        sql`max(${spcPoints.recorded_at}) desc`,
        spcPoints.equipment_id,
        spcPoints.chart,
        spcPoints.family,
      )
      .limit(body.limit)
      .offset(body.offset);
    const items: SpcChart[] = [];
    for (const { total: _total, ...group } of groups) {
      const { equipment_id: equipmentId, parameter, family } = group;
      const inForce = await limitsInForce(tx, { orgId, equipmentId, family, charts: [parameter] });
      const limits = inForce.get(parameter);
      const chart = chartOf(definition, parameter);
      items.push({
        process: definition.id,
        ...group,
        first_at: new Date(group.first_at).toISOString(),
        last_at: new Date(group.last_at).toISOString(),
        title: chart?.title ?? parameter,
        unit: chart?.unit ?? '',
        limits: limits === undefined ? null : shortLimits(limits),
      });
    }
    return accept({ items, total: groups[0]?.total ?? body.offset });
  });
}

/** The points of one parameter on one tool, each with the limits that judged it. */
export async function readChart<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.output<ReadChart['request']>>,
): Promise<Result<z.input<ReadChart['reply']>>> {
  const { orgId } = caller;
  const { definition } = context;
  const { equipment_id, parameter, family } = body;
  return context.database.withOrg(orgId, async (tx) => {
    const wanted = pointsOf({ orgId, ...body });
    const rows = await tx
      .select()
      .from(spcPoints)
      .where(wanted)
      .orderBy(...newestFirst)
      .limit(body.limit)
      .offset(body.offset);
    const [counted] = await tx.select({ total: count() }).from(spcPoints).where(wanted);
    const allLimits = await limitsOfChart(tx, { orgId, equipment_id, parameter });
    if (rows.length === 0 && allLimits.length === 0) return notFound('chart', `${equipment_id}/${parameter}`);
    const chart = chartOf(definition, parameter);
    const inForce = newestPerFamily(allLimits).filter(
      (limits) => family === undefined || limits.family === '' || limits.family === family,
    );
    return accept({
      process: definition.id,
      equipment_id,
      parameter,
      title: chart?.title ?? parameter,
      unit: chart?.unit ?? '',
      engineering_limits: { low: chart?.low ?? null, high: chart?.high ?? null },
      limits_in_force: inForce.map((limits) => limitsView(definition, limits, true)),
      playbook: playbookOf(definition, `chart.${parameter}`),
      points: rows.toReversed().map((row) => pointOf(row, allLimits)),
      total: counted?.total ?? 0,
    });
  });
}

/** All versions, oldest first. */
function limitsOfChart(
  tx: Transaction,
  scope: { orgId: string; equipment_id: string; parameter: string },
): Promise<LimitsRow[]> {
  return tx
    .select()
    .from(spcLimits)
    .where(
      and(
        eq(spcLimits.org_id, scope.orgId),
        eq(spcLimits.equipment_id, scope.equipment_id),
        eq(spcLimits.chart, scope.parameter),
      ),
    )
    .orderBy(spcLimits.version);
}

function newestPerFamily(oldestFirst: readonly LimitsRow[]): LimitsRow[] {
  return [...new Map(oldestFirst.map((limits) => [limits.family, limits])).values()];
}

function pointOf(row: PointRow, allLimits: readonly LimitsRow[]): SpcPoint {
  const judgedBy = allLimits.find((limits) => limits.limit_id === row.limit_id);
  return {
    run_id: row.run_id,
    wafer_index: row.wafer_index,
    wafer_id: row.wafer_id,
    at: row.recorded_at.toISOString(),
    value: row.value,
    family: row.family,
    recipe_hash: row.recipe_hash,
    limits: judgedBy === undefined ? null : shortLimits(judgedBy),
    phase: phaseOf(row, allLimits),
    rules: row.rules,
    beyond_limits: row.rule !== null || beyondSpec(row, judgedBy),
  };
}

/** A point that limits were made of is of phase I, whatever judged it before. */
function phaseOf(row: PointRow, allLimits: readonly LimitsRow[]): SpcPoint['phase'] {
  const made = allLimits.findLast(
    ({ phase_one, family, created_at }) =>
      phase_one !== null &&
      // A span may reach beyond its making; what came later was only judged by it.
      row.recorded_at <= created_at &&
      (family === '' || family === row.family) &&
      row.recorded_at >= new Date(phase_one.from) &&
      row.recorded_at < new Date(phase_one.to),
  );
  if (made?.phase_one) return causeOf(row, made.phase_one.excluded) === null ? 'phase_1' : 'excluded';
  return row.limit_id === null ? 'no_limits' : 'phase_2';
}

function beyondSpec({ value }: PointRow, limits: LimitsRow | undefined): boolean {
  return value < (limits?.spec_lower ?? -Infinity) || value > (limits?.spec_upper ?? Infinity);
}
