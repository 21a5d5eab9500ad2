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
import type { DocumentStatus, EquipmentStatus, SimulatorSettings } from '@spectra/schemas';

// The same tables stand in each process service's schema; the role's search path picks the schema.

/** What stands under versions and signatures. */
export type DocumentKind = 'sop' | 'recipe';

const timestamptz = (name: string) => timestamp(name, { withTimezone: true });

export const equipment = pgTable(
  'equipment',
  {
    org_id: uuid('org_id').notNull(),
    equipment_id: text('equipment_id').notNull(),
    type: text('type').notNull(),
    name: text('name').notNull(),
    status: text('status').$type<EquipmentStatus>().notNull().default('in_service'),
    simulator: jsonb('simulator').$type<SimulatorSettings>().notNull(),
    created_at: timestamptz('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.equipment_id] })],
);

/** Every change of a tool's state: insert-only. */
export const equipmentEvents = pgTable(
  'equipment_events',
  {
    org_id: uuid('org_id').notNull(),
    event_id: bigint('event_id', { mode: 'number' }).generatedAlwaysAsIdentity(),
    equipment_id: text('equipment_id').notNull(),
    kind: text('kind').$type<EquipmentStatus>().notNull(),
    reason: text('reason').notNull(),
    by: text('by').notNull(),
    at: timestamptz('at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.event_id] })],
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
    revoked_at: timestamptz('revoked_at'),
    revoked_by: text('revoked_by'),
    revoked_reason: text('revoked_reason'),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.calibration_id] })],
);

/** SOPs and recipes alike: a name, and versions that never change once written. */
export const documents = pgTable(
  'documents',
  {
    org_id: uuid('org_id').notNull(),
    document_id: uuid('document_id').notNull().defaultRandom(),
    kind: text('kind').$type<DocumentKind>().notNull(),
    name: text('name').notNull(),
    latest_version: integer('latest_version').notNull().default(1),
    created_by: text('created_by').notNull(),
    created_at: timestamptz('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.document_id] })],
);

export const documentVersions = pgTable(
  'document_versions',
  {
    org_id: uuid('org_id').notNull(),
    document_id: uuid('document_id').notNull(),
    version: integer('version').notNull(),
    content: jsonb('content').$type<unknown>().notNull(),
    content_hash: text('content_hash').notNull(),
    status: text('status').$type<DocumentStatus>().notNull(),
    status_reason: text('status_reason'),
    status_by: text('status_by').notNull(),
    status_at: timestamptz('status_at').notNull(),
    author: text('author').notNull(),
    contributors: text('contributors').array().notNull(),
    comment: text('comment'),
    created_at: timestamptz('created_at').notNull(),
    submitted_at: timestamptz('submitted_at'),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.document_id, table.version] })],
);

/** Signatures under versions; a voided one stays. */
export const signatures = pgTable(
  'signatures',
  {
    org_id: uuid('org_id').notNull(),
    signature_id: uuid('signature_id').notNull().defaultRandom(),
    document_id: uuid('document_id').notNull(),
    version: integer('version').notNull(),
    signer: text('signer').notNull(),
    meaning: text('meaning').notNull(),
    content_hash: text('content_hash').notNull(),
    auth_method: text('auth_method').notNull(),
    authenticated_at: timestamptz('authenticated_at').notNull(),
    auth_age_s: doublePrecision('auth_age_s').notNull(),
    signed_at: timestamptz('signed_at').notNull(),
    voided_at: timestamptz('voided_at'),
    voided_by: text('voided_by'),
    voided_reason: text('voided_reason'),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.signature_id] })],
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
