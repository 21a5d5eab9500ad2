import { and, desc, eq, inArray, or } from 'drizzle-orm';
import type { Transaction } from '@spectra/database';
import { spcLimits } from '../monitoring-tables.ts';
import type { LimitsRow } from '../monitoring-tables.ts';

/**
 * The limits that judge a recipe family's points on a tool now, by chart: the newest version for the family, else the
 * newest for every recipe.
 */
export async function limitsInForce(
  tx: Transaction,
  scope: { orgId: string; equipmentId: string; family: string; charts: readonly string[] },
): Promise<Map<string, LimitsRow>> {
  if (scope.charts.length === 0) return new Map();
  const rows = await tx
    .selectDistinctOn([spcLimits.chart, spcLimits.family])
    .from(spcLimits)
    .where(
      and(
        eq(spcLimits.org_id, scope.orgId),
        eq(spcLimits.equipment_id, scope.equipmentId),
        inArray(spcLimits.chart, [...scope.charts]),
        or(eq(spcLimits.family, scope.family), eq(spcLimits.family, '')),
      ),
    )
    .orderBy(spcLimits.chart, spcLimits.family, desc(spcLimits.version));
  // The limits of the family come last and go before those of all.
  const general = rows.filter((row) => row.family === '');
  const special = rows.filter((row) => row.family !== '');
  return new Map([...general, ...special].map((row) => [row.chart, row]));
}
