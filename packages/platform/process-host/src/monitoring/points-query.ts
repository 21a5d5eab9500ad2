import { and, asc, desc, eq, gte, lt } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { spcPoints } from '../monitoring-tables.ts';

/** What points are cut to; times are ISO texts, `to` is exclusive. */
export interface PointsScope {
  readonly orgId: string;
  readonly equipment_id?: string | undefined;
  readonly parameter?: string | undefined;
  readonly family?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The condition that chooses the points of a scope. */
export function pointsOf({ orgId, equipment_id, parameter, family, from, to }: PointsScope): SQL | undefined {
  return and(
    eq(spcPoints.org_id, orgId),
    equipment_id === undefined ? undefined : eq(spcPoints.equipment_id, equipment_id),
    parameter === undefined ? undefined : eq(spcPoints.chart, parameter),
    family === undefined ? undefined : eq(spcPoints.family, family),
    from === undefined ? undefined : gte(spcPoints.recorded_at, new Date(from)),
    to === undefined ? undefined : lt(spcPoints.recorded_at, new Date(to)),
  );
}

/** The order in which points came: by time, then within their run. */
export const oldestFirst = [asc(spcPoints.recorded_at), asc(spcPoints.run_id), asc(spcPoints.position)];
export const newestFirst = [desc(spcPoints.recorded_at), desc(spcPoints.run_id), desc(spcPoints.position)];
