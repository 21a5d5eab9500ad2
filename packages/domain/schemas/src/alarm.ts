import { z } from 'zod';
import { alarmStateSchema, alertSchema, severitySchema } from './telemetry.ts';

/** The longest time for which an alarm may be shelved; ISA-18.2 wants shelving to end by itself. */
export const shelvedHoursMax = 24;

/** What can happen to an alarm; the first two come from tools and charts, the others from people and the clock. */
const alarmEventSchema = z.enum(['raise', 'clear', 'acknowledge', 'shelve', 'unshelve']);
export type AlarmEvent = z.infer<typeof alarmEventSchema>;

/**
 * An alarm as it stands: one for each source on a tool, however often it is raised. `message`, `value`, `limit`,
 * `time_s` and `run_id` are those of its newest raising or clearing.
 */
export const alarmSchema = alertSchema.omit({ by: true, comment: true }).extend({
  process: z.string(),
  source: z.string(),
  latched: z.boolean(),
  /** The condition lasts; a shelved alarm may be active, and a latched one stays raised after its condition. */
  active: z.boolean(),
  occurrences: z.int(),
  first_raised_at: z.string(),
  raised_at: z.string(),
  cleared_at: z.string().nullable(),
  changed_at: z.string(),
  acknowledged: z.object({ by: z.string(), at: z.string(), comment: z.string() }).nullable(),
  shelved: z.object({ by: z.string(), at: z.string(), until: z.string(), reason: z.string() }).nullable(),
});
export type Alarm = z.infer<typeof alarmSchema>;

/** One step in the life of an alarm. */
export const alarmChangeSchema = z.object({
  at: z.string(),
  event: alarmEventSchema,
  from: alarmStateSchema.nullable(),
  to: alarmStateSchema,
  run_id: z.string(),
  value: z.number().nullable(),
  by: z.string().nullable(),
  comment: z.string(),
});
export type AlarmChange = z.infer<typeof alarmChangeSchema>;

const commentText = z.string().trim().max(2000);

/** Body of `POST /api/alarms/{id}/acknowledge`. */
export const acknowledgeAlarmSchema = z.strictObject({ comment: commentText.default('') });

/** Body of `POST /api/alarms/{id}/shelve`: until when, at most a day ahead, and why. */
export const shelveAlarmSchema = z.strictObject({
  until: z.iso.datetime({ offset: true }),
  reason: commentText.min(1),
});

/** Body of `POST /api/alarms/{id}/unshelve`. */
export const unshelveAlarmSchema = z.strictObject({ comment: commentText.default('') });

/** What a list of alarms may be cut to. */
export const alarmFilterFields = {
  process: z.string().min(1).max(64).optional(),
  equipment_id: z.string().min(1).max(64).optional(),
  run_id: z.string().min(1).max(64).optional(),
  parameter: z.string().min(1).max(100).optional(),
  source: z.string().min(1).max(100).optional(),
  state: alarmStateSchema.optional(),
  severity: severitySchema.optional(),
  /** Changed at or after, and before. */
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
};
