import { z } from 'zod';
import {
  acknowledgeAlarmSchema,
  alarmChangeSchema,
  alarmFilterFields,
  alarmSchema,
  shelveAlarmSchema,
  unshelveAlarmSchema,
} from './alarm.ts';
import { rpcContract } from './rpc.ts';
import { streamMessageTypeSchema } from './stream-message.ts';
import { latestTelemetrySchema } from './telemetry.ts';

/** A message of a run's subject that had no place in its stream: a dead letter of the stream. */
export const refusedMessageSchema = z.object({
  refused_id: z.uuid(),
  subject: z.string(),
  reason: z.string(),
  size_bytes: z.int(),
  refused_at: z.string(),
  redriven_at: z.string().nullable(),
});
export type RefusedMessage = z.infer<typeof refusedMessageSchema>;

/** Abilities of the telemetry hub (service name `telemetry`). */
export const telemetryRpc = {
  /** Stored telemetry of a run, joined to the live stream by `last_seq`; `bins` keeps each bin's minimum and maximum. */
  history: rpcContract(
    'history',
    z.object({
      run_id: z.string(),
      channels: z.array(z.string()).optional(),
      from_s: z.number().optional(),
      to_s: z.number().optional(),
      bins: z.int().min(1).max(5000).optional(),
    }),
    z.object({
      run_id: z.string(),
      last_seq: z.int(),
      time_s: z.array(z.number()),
      channels: z.record(z.string(), z.array(z.number().nullable())),
      /** Present when binned: per channel the minimum and maximum of each bin. */
      minimum: z.record(z.string(), z.array(z.number().nullable())).optional(),
      maximum: z.record(z.string(), z.array(z.number().nullable())).optional(),
    }),
  ),
  /** The newest frame of a run; null before its first. */
  latest: rpcContract(
    'latest',
    z.object({ run_id: z.string() }),
    z.object({ frame: latestTelemetrySchema.nullable() }),
  ),
  /** Stored messages of a run in their order, page by page; `others` is everything but telemetry. */
  messages: rpcContract(
    'messages',
    z.object({
      run_id: z.string(),
      from_seq: z.int().min(1),
      only: z.enum(['telemetry', 'alerts', 'others']),
    }),
    z.object({
      messages: z.array(
        z.object({
          type: streamMessageTypeSchema,
          seq: z.int(),
          timestamp: z.string(),
          data: z.record(z.string(), z.unknown()),
        }),
      ),
      /** First number that is still stored; above 1, older messages were removed after their time. */
      first_seq: z.int(),
      last_seq: z.int(),
      /** Where the next page begins; null on the last one. */
      next_seq: z.int().nullable(),
    }),
  ),
  listRefused: rpcContract(
    'list-refused',
    z.object({ limit: z.int().min(1).max(100), offset: z.int().min(0) }),
    z.object({ items: z.array(refusedMessageSchema), total: z.int() }),
  ),
  /** Sends it again under an id of its own, so that no dedupe window swallows it. */
  redriveRefused: rpcContract(
    'redrive-refused',
    z.object({ refused_id: z.uuid() }),
    z.object({ refused_id: z.uuid(), message_id: z.string() }),
  ),
  listAlarms: rpcContract(
    'list-alarms',
    z.object({ ...alarmFilterFields, limit: z.int().min(1).max(100), offset: z.int().min(0) }),
    z.object({ items: z.array(alarmSchema), total: z.int() }),
  ),
  /** An alarm with its newest changes, newest first. */
  getAlarm: rpcContract(
    'get-alarm',
    z.object({ alarm_id: z.string() }),
    alarmSchema.extend({ history: z.array(alarmChangeSchema) }),
  ),
  acknowledgeAlarm: rpcContract(
    'acknowledge-alarm',
    acknowledgeAlarmSchema.extend({ alarm_id: z.string() }),
    alarmSchema,
  ),
  shelveAlarm: rpcContract('shelve-alarm', shelveAlarmSchema.extend({ alarm_id: z.string() }), alarmSchema),
  unshelveAlarm: rpcContract(
    'unshelve-alarm',
    unshelveAlarmSchema.extend({ alarm_id: z.string() }),
    alarmSchema,
  ),
} as const;
