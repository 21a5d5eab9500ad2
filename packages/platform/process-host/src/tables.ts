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
import type { HazardClass, SimulatorSettings, Sop } from '@spectra/schemas';

// The same tables stand in each process service's schema; the role's search path picks the schema.

const timestamptz = (name: string) => timestamp(name, { withTimezone: true });

export const equipment = pgTable(
  'equipment',
  {
    org_id: uuid('org_id').notNull(),
    equipment_id: text('equipment_id').notNull(),
    type: text('type').notNull(),
    name: text('name').notNull(),
    status: text('status').$type<'in_service' | 'out_of_service'>().notNull().default('in_service'),
    simulator: jsonb('simulator').$type<SimulatorSettings>().notNull(),
    created_at: timestamptz('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.equipment_id] })],
);

export const calibrations = pgTable(
  'calibrations',
  {
    org_id: uuid('org_id').notNull(),
    calibration_id: uuid('calibration_id').notNull().defaultRandom(),
    equipment_id: text('equipment_id').notNull(),
    type: text('type').notNull(),
    performed_at: timestamptz('performed_at').notNull(),
    valid_until: timestamptz('valid_until').notNull(),
    certificate: text('certificate'),
    factor: doublePrecision('factor').notNull(),
    uncertainty_pct: doublePrecision('uncertainty_pct'),
    created_by: text('created_by').notNull(),
    created_at: timestamptz('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.calibration_id] })],
);

export const sops = pgTable(
  'sops',
  {
    org_id: uuid('org_id').notNull(),
    sop_id: uuid('sop_id').notNull().defaultRandom(),
    title: text('title').notNull(),
    body: text('body').notNull(),
    hazard_class: text('hazard_class').$type<HazardClass>().notNull(),
    limits: jsonb('limits').$type<Sop['limits']>().notNull(),
    content_hash: text('content_hash').notNull(),
    status: text('status').$type<Sop['status']>().notNull().default('draft'),
    author: text('author').notNull(),
    created_at: timestamptz('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.sop_id] })],
);

export const sopApprovals = pgTable(
  'sop_approvals',
  {
    org_id: uuid('org_id').notNull(),
    sop_id: uuid('sop_id').notNull(),
    approver: text('approver').notNull(),
    meaning: text('meaning').notNull(),
    content_hash: text('content_hash').notNull(),
    authenticated_at: timestamptz('authenticated_at').notNull(),
    approved_at: timestamptz('approved_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.sop_id, table.approver] })],
);

export const recipes = pgTable(
  'recipes',
  {
    org_id: uuid('org_id').notNull(),
    recipe_hash: text('recipe_hash').notNull(),
    recipe: jsonb('recipe').$type<Record<string, unknown>>().notNull(),
    first_used_at: timestamptz('first_used_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.recipe_hash] })],
);

export const waferRecords = pgTable(
  'wafer_records',
  {
    org_id: uuid('org_id').notNull(),
    wafer_id: text('wafer_id').notNull(),
    run_id: text('run_id').notNull(),
    outcome: jsonb('outcome').$type<Record<string, unknown>>().notNull(),
    recorded_at: timestamptz('recorded_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.run_id, table.wafer_id] })],
);

export const spcPoints = pgTable(
  'spc_points',
  {
    org_id: uuid('org_id').notNull(),
    run_id: text('run_id').notNull(),
    position: integer('position').notNull(),
    equipment_id: text('equipment_id').notNull(),
    recipe_hash: text('recipe_hash').notNull(),
    chart: text('chart').notNull(),
    value: doublePrecision('value').notNull(),
    rule: text('rule'),
    recorded_at: timestamptz('recorded_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.run_id, table.position] })],
);
