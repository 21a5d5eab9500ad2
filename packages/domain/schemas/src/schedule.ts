import { z } from 'zod';
import { problemCodeSchema } from './problem.ts';
import { fieldErrorSchema } from './problem.ts';
import { jobTypeSchema } from './run.ts';
import { runOptionsSchema } from './run-request.ts';
import { templateValuesSchema, workRequestSchema } from './template.ts';
import { toolOrderSchema } from './tool-jobs-rpc.ts';

/** Schedules that one organisation may have. */
export const schedulesMax = 500;

/** A request that was parsed and can be carried out later: what a schedule keeps. */
export const workOrderSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('run'),
    process: z.string(),
    job_type: jobTypeSchema,
    recipe: z.record(z.string(), z.unknown()),
    options: runOptionsSchema,
    /** What whoever it runs for has to be allowed to do. */
    permission: z.string(),
  }),
  z.object({ kind: z.literal('job'), order: toolOrderSchema }),
]);
export type WorkOrder = z.output<typeof workOrderSchema>;

/** What becomes of due times that passed while nobody was there to keep them: nothing, or one run for all of them. */
export const missedPolicySchema = z.enum(['skip', 'once']);
export type MissedPolicy = z.output<typeof missedPolicySchema>;

const scheduleFields = {
  name: z.string().min(1).max(100),
  /** Five fields: minute, hour, day of month, month, day of week. */
  cron: z.string().min(9).max(100),
  /** IANA name. */
  time_zone: z.string().min(1).max(64),
  missed: missedPolicySchema,
  enabled: z.boolean(),
};

/** `POST /api/schedules`. */
export const createScheduleSchema = z.strictObject({
  ...scheduleFields,
  time_zone: scheduleFields.time_zone.default('UTC'),
  missed: missedPolicySchema.default('skip'),
  enabled: z.boolean().default(true),
  request: z.discriminatedUnion('kind', [
    ...workRequestSchema.options,
    z.strictObject({
      kind: z.literal('template'),
      template_id: z.uuid(),
      version: z.int().min(1).optional(),
      parameters: templateValuesSchema.default({}),
    }),
  ]),
});

/** `PATCH /api/schedules/{id}`. */
export const changeScheduleSchema = z.strictObject(scheduleFields).partial();

/** What came of one due time. */
export const scheduleFiringSchema = z.object({
  due_at: z.string(),
  fired_at: z.string(),
  outcome: z.enum(['created', 'refused', 'skipped']),
  job_id: z.uuid().nullable(),
  run_id: z.string().nullable(),
  /** Due times before this one that passed unkept. */
  missed: z.int(),
  problem: z
    .object({ code: problemCodeSchema, detail: z.string(), errors: z.array(fieldErrorSchema).optional() })
    .nullable(),
});
export type ScheduleFiring = z.output<typeof scheduleFiringSchema>;

/** A schedule as others see it. */
export const scheduleSchema = z.object({
  schedule_id: z.uuid(),
  ...scheduleFields,
  work: workOrderSchema,
  created_by: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  /** Null while it is disabled. */
  next_due_at: z.string().nullable(),
  /** The next times in UTC, as they will come whether or not it is enabled. */
  upcoming: z.array(z.string()),
  last_firing: scheduleFiringSchema.nullable(),
});
export type Schedule = z.output<typeof scheduleSchema>;
