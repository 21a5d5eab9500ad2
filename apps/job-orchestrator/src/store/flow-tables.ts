import type {
  MissedPolicy,
  ScheduleFiring,
  TemplateParameters,
  WorkOrder,
  WorkRequest,
} from '@spectra/schemas';
import { boolean, integer, jsonb, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Requests that are carried out at times of the clock, in the name of who made them. */
export const schedules = pgTable('schedules', {
  scheduleId: uuid('schedule_id').primaryKey(),
  orgId: uuid('org_id').notNull(),
  name: text('name').notNull(),
  cron: text('cron').notNull(),
  timeZone: text('time_zone').notNull(),
  missed: text('missed').$type<MissedPolicy>().notNull(),
  enabled: boolean('enabled').notNull(),
  work: jsonb('work').$type<WorkOrder>().notNull(),
  createdBy: text('created_by').notNull(),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
  nextDueAt: time('next_due_at'),
  removedAt: time('removed_at'),
});

/** What came of each due time. */
export const scheduleFirings = pgTable(
  'schedule_firings',
  {
    scheduleId: uuid('schedule_id').notNull(),
    dueAt: time('due_at').notNull(),
    orgId: uuid('org_id').notNull(),
    firedAt: time('fired_at').notNull(),
    outcome: text('outcome').$type<ScheduleFiring['outcome']>().notNull(),
    jobId: uuid('job_id'),
    runId: text('run_id'),
    missed: integer('missed').notNull(),
    problem: jsonb('problem').$type<ScheduleFiring['problem']>(),
  },
  (table) => [primaryKey({ columns: [table.scheduleId, table.dueAt] })],
);

/** Named requests with placeholders. */
export const templates = pgTable('templates', {
  templateId: uuid('template_id').primaryKey(),
  orgId: uuid('org_id').notNull(),
  name: text('name').notNull(),
  latestVersion: integer('latest_version').notNull(),
  createdAt: time('created_at').notNull(),
  retiredAt: time('retired_at'),
});

/** What a template says, version by version; never changed. */
export const templateVersions = pgTable(
  'template_versions',
  {
    templateId: uuid('template_id').notNull(),
    version: integer('version').notNull(),
    orgId: uuid('org_id').notNull(),
    description: text('description').notNull(),
    request: jsonb('request').$type<WorkRequest>().notNull(),
    parameters: jsonb('parameters').$type<TemplateParameters>().notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.templateId, table.version] })],
);
