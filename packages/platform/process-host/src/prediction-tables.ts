import {
  bigint,
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';
import type {
  MetrologyRecord,
  NamedNumbers,
  RunSteering,
  RunToRunChange,
  VmPrediction,
  VmStage,
} from '@spectra/schemas';
import type { LineageMemory } from './virtual-metrology/lineage.ts';
import type { LearntModel } from './virtual-metrology/learnt-model.ts';

// Metrology, run-to-run threads and virtual metrology; the same tables in each process service's schema.

const timestamptz = (name: string) => timestamp(name, { withTimezone: true });
const arrival = () => bigint('arrival', { mode: 'number' }).generatedAlwaysAsIdentity();

export const metrology = pgTable(
  'metrology',
  {
    org_id: uuid('org_id').notNull(),
    metrology_id: uuid('metrology_id').notNull().defaultRandom(),
    arrival: arrival(),
    run_id: text('run_id').notNull(),
    wafer_id: text('wafer_id').notNull(),
    lot_id: text('lot_id'),
    parameter: text('parameter').notNull(),
    value: doublePrecision('value').notNull(),
    uncertainty: doublePrecision('uncertainty'),
    tool: text('tool').notNull().default(''),
    sites: jsonb('sites').$type<NonNullable<MetrologyRecord['sites']>>(),
    measured_at: timestamptz('measured_at').notNull(),
    recorded_at: timestamptz('recorded_at').notNull().defaultNow(),
    recorded_by: text('recorded_by').notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.metrology_id] })],
);

export const runRecipes = pgTable(
  'run_recipes',
  {
    org_id: uuid('org_id').notNull(),
    run_id: text('run_id').notNull(),
    equipment_id: text('equipment_id').notNull(),
    layer: text('layer').notNull().default(''),
    asked_hash: text('asked_hash').notNull(),
    used_hash: text('used_hash').notNull(),
    used: jsonb('used').$type<Record<string, unknown>>().notNull(),
    steering: jsonb('steering').$type<RunSteering['loops']>().notNull(),
    recorded_at: timestamptz('recorded_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.run_id] })],
);

export const runToRunThreads = pgTable(
  'run_to_run_threads',
  {
    org_id: uuid('org_id').notNull(),
    thread_id: uuid('thread_id').notNull().defaultRandom(),
    equipment_id: text('equipment_id').notNull(),
    recipe_hash: text('recipe_hash').notNull(),
    layer: text('layer').notNull().default(''),
    loop: text('loop').notNull(),
    settings: jsonb('settings').$type<RunToRunChange>().notNull().default({}),
    start_input: doublePrecision('start_input').notNull(),
    restarted_at: timestamptz('restarted_at'),
    restart_reason: text('restart_reason'),
    created_at: timestamptz('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.thread_id] })],
);

export const runToRunResults = pgTable(
  'run_to_run_results',
  {
    org_id: uuid('org_id').notNull(),
    thread_id: uuid('thread_id').notNull(),
    run_id: text('run_id').notNull(),
    arrival: arrival(),
    input: doublePrecision('input').notNull(),
    estimate: doublePrecision('estimate'),
    completed_at: timestamptz('completed_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.thread_id, table.run_id] })],
);

export const runToRunChanges = pgTable(
  'run_to_run_changes',
  {
    org_id: uuid('org_id').notNull(),
    thread_id: uuid('thread_id').notNull(),
    arrival: arrival(),
    kind: text('kind').$type<'settings' | 'restart'>().notNull(),
    detail: jsonb('detail').$type<Record<string, unknown>>().notNull(),
    changed_by: text('changed_by').notNull(),
    changed_at: timestamptz('changed_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.thread_id, table.arrival] })],
);

export const vmWafers = pgTable(
  'vm_wafers',
  {
    org_id: uuid('org_id').notNull(),
    run_id: text('run_id').notNull(),
    wafer_id: text('wafer_id').notNull(),
    equipment_id: text('equipment_id').notNull(),
    family: text('family').notNull(),
    features: jsonb('features').$type<Record<string, number>>().notNull(),
    physics: jsonb('physics').$type<NamedNumbers>().notNull(),
    predictions: jsonb('predictions').$type<VmPrediction[]>().notNull(),
    recorded_at: timestamptz('recorded_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.run_id, table.wafer_id] })],
);

export const vmModels = pgTable(
  'vm_models',
  {
    org_id: uuid('org_id').notNull(),
    model_id: uuid('model_id').notNull().defaultRandom(),
    family: text('family').notNull(),
    parameter: text('parameter').notNull(),
    version: integer('version').notNull(),
    stage: text('stage').$type<VmStage>().notNull(),
    model: jsonb('model').$type<LearntModel>().notNull(),
    watch: jsonb('watch').$type<LineageMemory>().notNull(),
    created_at: timestamptz('created_at').notNull().defaultNow(),
    created_by: text('created_by').notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.model_id] })],
);

export const vmStageChanges = pgTable(
  'vm_stage_changes',
  {
    org_id: uuid('org_id').notNull(),
    model_id: uuid('model_id').notNull(),
    arrival: arrival(),
    from_stage: text('from_stage').$type<VmStage>(),
    to_stage: text('to_stage').$type<VmStage>().notNull(),
    reason: text('reason').notNull(),
    changed_by: text('changed_by').notNull(),
    changed_at: timestamptz('changed_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.model_id, table.arrival] })],
);
