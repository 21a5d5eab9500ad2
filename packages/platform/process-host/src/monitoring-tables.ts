import {
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';
import type { SpcLimits } from '@spectra/schemas';

// Charts over runs and detection across channels; the same tables in each process service's schema.

const timestamptz = (name: string) => timestamp(name, { withTimezone: true });

export const spcPoints = pgTable(
  'spc_points',
  {
    org_id: uuid('org_id').notNull(),
    run_id: text('run_id').notNull(),
    position: integer('position').notNull(),
    wafer_index: integer('wafer_index').notNull(),
    wafer_id: text('wafer_id'),
    equipment_id: text('equipment_id').notNull(),
    recipe_hash: text('recipe_hash').notNull(),
    family: text('family').notNull(),
    chart: text('chart').notNull(),
    value: doublePrecision('value').notNull(),
    /** Broken engineering limit, as the process said. */
    rule: text('rule'),
    limit_id: uuid('limit_id'),
    rules: integer('rules').array().notNull(),
    recorded_at: timestamptz('recorded_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.run_id, table.position] })],
);

export const spcLimits = pgTable(
  'spc_limits',
  {
    org_id: uuid('org_id').notNull(),
    limit_id: uuid('limit_id').notNull().defaultRandom(),
    chart: text('chart').notNull(),
    equipment_id: text('equipment_id').notNull(),
    /** Empty: every recipe. */
    family: text('family').notNull(),
    version: integer('version').notNull(),
    center: doublePrecision('center').notNull(),
    sigma: doublePrecision('sigma').notNull(),
    method: text('method').notNull(),
    rules: text('rules').$type<'nelson' | 'western_electric' | 'limits_only'>().notNull(),
    spec_lower: doublePrecision('spec_lower'),
    spec_upper: doublePrecision('spec_upper'),
    spec_target: doublePrecision('spec_target'),
    phase_one: jsonb('phase_one').$type<NonNullable<SpcLimits['phase_one']>>(),
    capability: jsonb('capability').$type<NonNullable<SpcLimits['capability']>>(),
    comment: text('comment').notNull(),
    created_by: text('created_by').notNull(),
    created_at: timestamptz('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.limit_id] })],
);

/** A stored set of limits. */
export type LimitsRow = typeof spcLimits.$inferSelect;
/** A stored point of a chart. */
export type PointRow = typeof spcPoints.$inferSelect;
