import { and, count, desc, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { accept, refuse } from '@spectra/schemas';
import type { CreateLimits, Result, SpcLimits, spcRpc } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import type { Transaction } from '@spectra/database';
import { findEquipment } from '../catalog/find-equipment.ts';
import { spcLimits, spcPoints } from '../monitoring-tables.ts';
import type { PointRow } from '../monitoring-tables.ts';
import { notFound } from '../service-context.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { computeLimits, phaseOnePointsMax } from './compute-limits.ts';
import type { ComputedLimits } from './compute-limits.ts';
import { chartOf, controlLimits, limitsView } from './limits-view.ts';
import { oldestFirst, pointsOf } from './points-query.ts';

/** What limits would be, with every point of their span; nothing is stored. */
export async function tryLimits<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<CreateLimits>,
): Promise<Result<z.input<(typeof spcRpc)['tryLimits']['reply']>>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const found = await foundLimits(context, tx, { orgId: caller.orgId, asked: body });
    if (!found.ok) return found;
    const { center, sigma, method, phaseOne, capability, points } = found.value;
    const { lower = null, upper = null, target = null } = body.spec_limits ?? {};
    return accept({
      parameter: body.parameter,
      unit: chartOf(context.definition, body.parameter)?.unit ?? '',
      equipment_id: body.equipment_id,
      family: body.family ?? null,
      center,
      sigma,
      ...controlLimits({ center, sigma }),
      method,
      rules: body.rules,
      spec_limits: body.spec_limits === undefined ? null : { lower, upper, target },
      phase_one: phaseOne,
      capability,
      points: points.map(({ row, excluded, rules }) => ({
        run_id: row.run_id,
        wafer_index: row.wafer_index,
        at: row.recorded_at.toISOString(),
        value: row.value,
        excluded,
        rules,
      })),
    });
  });
}

/** Freezes limits as the next version; those before stay as they are and judge no new point. */
export async function createLimits<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<CreateLimits>,
): Promise<Result<SpcLimits>> {
  const { orgId } = caller;
  return context.database.withOrg(orgId, async (tx) => {
    const found = await foundLimits(context, tx, { orgId, asked: body });
    if (!found.ok) return found;
    const scope = { chart: body.parameter, equipment_id: body.equipment_id, family: body.family ?? '' };
    // Two at once would give the same version; the second waits for the first.
    await tx.execute(
      sql`select pg_advisory_xact_lock(hashtextextended(${JSON.stringify([orgId, 'limits', scope])}, 0))`,
    );
    const [newest] = await tx
      .select({ version: sql<number | null>`max(${spcLimits.version})` })
      .from(spcLimits)
      .where(
        and(
          eq(spcLimits.org_id, orgId),
          eq(spcLimits.chart, scope.chart),
          eq(spcLimits.equipment_id, scope.equipment_id),
          eq(spcLimits.family, scope.family),
        ),
      );
    const { center, sigma, method, phaseOne, capability } = found.value;
    const [row] = await tx
      .insert(spcLimits)
      .values({
        org_id: orgId,
        ...scope,
        version: (newest?.version ?? 0) + 1,
        center,
        sigma,
        method,
        rules: body.rules,
        spec_lower: body.spec_limits?.lower ?? null,
        spec_upper: body.spec_limits?.upper ?? null,
        spec_target: body.spec_limits?.target ?? null,
        phase_one: phaseOne,
        capability,
        comment: body.comment,
        created_by: caller.userId,
        created_at: new Date(context.clock.nowMs()),
      })
      .returning();
    if (!row) throw new Error('the insert of limits returned no row');
    return accept(limitsView(context.definition, row, true));
  });
}

/** Limits of all versions, the newest first; on request only those in force. */
export async function listLimits<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.output<(typeof spcRpc)['listLimits']['request']>>,
): Promise<Result<{ items: SpcLimits[]; total: number }>> {
  // Written out: a bare column name would be that of the inner table.
  const newest = sql<boolean>`(spc_limits.version = (
    select max(later.version) from spc_limits as later
     where later.org_id = spc_limits.org_id and later.chart = spc_limits.chart
       and later.equipment_id = spc_limits.equipment_id and later.family = spc_limits.family))`;
  const wanted = and(
    eq(spcLimits.org_id, caller.orgId),
    body.equipment_id === undefined ? undefined : eq(spcLimits.equipment_id, body.equipment_id),
    body.parameter === undefined ? undefined : eq(spcLimits.chart, body.parameter),
    body.family === undefined ? undefined : eq(spcLimits.family, body.family),
    body.in_force === undefined ? undefined : sql`${newest} = ${body.in_force}`,
  );
  return context.database.withOrg(caller.orgId, async (tx) => {
    const rows = await tx
      .select({ row: spcLimits, inForce: newest })
      .from(spcLimits)
      .where(wanted)
      .orderBy(desc(spcLimits.created_at), desc(spcLimits.version), spcLimits.limit_id)
      .limit(body.limit)
      .offset(body.offset);
    const [counted] = await tx.select({ total: count() }).from(spcLimits).where(wanted);
    return accept({
      items: rows.map(({ row, inForce }) => limitsView(context.definition, row, inForce)),
      total: counted?.total ?? 0,
    });
  });
}

async function foundLimits<T extends ProcessTypes>(
  context: ServiceContext<T>,
  tx: Transaction,
  { orgId, asked }: { orgId: string; asked: CreateLimits },
): Promise<Result<ComputedLimits>> {
  if (chartOf(context.definition, asked.parameter) === null) {
    const one_of = context.definition.monitoring.charts.map((chart) => chart.parameter);
    return refuse('validation_failed', `There is no chart of ${asked.parameter}`, [
      { path: 'parameter', message: 'has no chart', value: asked.parameter, limit: { one_of } },
    ]);
  }
  if (!(await findEquipment(tx, orgId, asked.equipment_id))) return notFound('equipment', asked.equipment_id);
  const rows = asked.basis.kind === 'span' ? await spanOf(tx, orgId, asked, asked.basis) : [];
  if (rows.length > phaseOnePointsMax) {
    const message = `holds more than ${phaseOnePointsMax} points`;
    const limit = { maximum: phaseOnePointsMax };
    return refuse('validation_failed', `The span ${message}`, [{ path: 'basis.from', message, limit }]);
  }
  return computeLimits(asked, rows);
}

function spanOf(
  tx: Transaction,
  orgId: string,
  { equipment_id, parameter, family }: CreateLimits,
  { from, to }: { from: string; to: string },
): Promise<PointRow[]> {
  return tx
    .select()
    .from(spcPoints)
    .where(pointsOf({ orgId, equipment_id, parameter, family, from, to }))
    .orderBy(...oldestFirst)
    .limit(phaseOnePointsMax + 1);
}
