import {
  boolean,
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';
import type { DetectionModelRecord, SpcLimits } from '@spectra/schemas';
import type { Detection, DetectionModel } from '@spectra/spc';

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

export const fdcWafers = pgTable(
  'fdc_wafers',
  {
    org_id: uuid('org_id').notNull(),
    run_id: text('run_id').notNull(),
    wafer_index: integer('wafer_index').notNull(),
    wafer_id: text('wafer_id').notNull(),
    equipment_id: text('equipment_id').notNull(),
    family: text('family').notNull(),
    features: jsonb('features').$type<Record<string, number>>().notNull(),
    good: boolean('good').notNull(),
    model_id: uuid('model_id'),
    score: jsonb('score').$type<Detection>(),
    faulty: boolean('faulty'),
    recorded_at: timestamptz('recorded_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.run_id, table.wafer_index] })],
);

export const fdcModels = pgTable(
  'fdc_models',
  {
    org_id: uuid('org_id').notNull(),
    model_id: uuid('model_id').notNull().defaultRandom(),
    equipment_id: text('equipment_id').notNull(),
    family: text('family').notNull(),
    version: integer('version').notNull(),
    stage: text('stage').$type<DetectionModelRecord['stage']>().notNull(),
    model: jsonb('model').$type<DetectionModel>().notNull(),
    learnt_from: jsonb('learnt_from').$type<DetectionModelRecord['learnt_from']>().notNull(),
    created_by: text('created_by').notNull(),
    created_at: timestamptz('created_at').notNull(),
    stage_changed_by: text('stage_changed_by').notNull(),
    stage_changed_at: timestamptz('stage_changed_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.model_id] })],
);

/** A stored detection model. */
export type DetectionModelRow = typeof fdcModels.$inferSelect;
/** A stored set of limits. */
export type LimitsRow = typeof spcLimits.$inferSelect;
/** A stored point of a chart. */
export type PointRow = typeof spcPoints.$inferSelect;
