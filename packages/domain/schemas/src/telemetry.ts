import { z } from 'zod';

/** What a reader needs to draw a channel before the first frame arrives. */
export const channelSchema = z.object({
  id: z.string(),
  name: z.string(),
  unit: z.string(),
  /** Decimals worth showing. */
  precision: z.int(),
  /** Seconds of tool time between samples. */
  period_s: z.number(),
  /** No value means that there is nothing to tell just now (no setpoint while a wafer cools), not that a sensor is blind. */
  pauses: z.boolean().optional(),
  /** Alarm limits, where the channel has some. */
  low: z.number().optional(),
  high: z.number().optional(),
});
export type Channel = z.infer<typeof channelSchema>;

/** Frames in columns: `time_s[i]` belongs to entry `i` of each channel; `null` where a sensor was blind. */
export const telemetryBatchSchema = z.object({
  kind: z.literal('telemetry'),
  run_id: z.string(),
  attempt: z.int(),
  batch: z.int(),
  wafer_index: z.int(),
  time_s: z.array(z.number()),
  channels: z.record(z.string(), z.array(z.number().nullable())),
});
export type TelemetryBatch = z.infer<typeof telemetryBatchSchema>;

/** Where a run's telemetry stands: the newest frame, channel by channel. */
export const latestTelemetrySchema = z.object({
  /** Its number in the run's stream: a stream opened with `from` this number goes on from here. */
  seq: z.int(),
  at: z.string(),
  /** Milliseconds since then, when it was asked for. */
  age_ms: z.number(),
  wafer_index: z.int(),
  time_s: z.number(),
  /** `null` where a sensor is blind. */
  values: z.record(z.string(), z.number().nullable()),
});
export type LatestTelemetry = z.infer<typeof latestTelemetrySchema>;

/** A picture in numbers: the dose map thumbnail of an implant, the zone temperatures of an anneal. */
export const profileMessageSchema = z.object({
  kind: z.literal('profile'),
  run_id: z.string(),
  attempt: z.int(),
  batch: z.int(),
  wafer_index: z.int(),
  time_s: z.number(),
  name: z.string(),
  unit: z.string(),
  x_mm: z.array(z.number()),
  y_mm: z.array(z.number()).optional(),
  values: z.union([z.array(z.number().nullable()), z.array(z.array(z.number().nullable()))]),
});
export type ProfileMessage = z.infer<typeof profileMessageSchema>;

/** What travels on `fab.<org>.<process>.<run>.telemetry`. */
export const telemetryMessageSchema = z.discriminatedUnion('kind', [
  telemetryBatchSchema,
  profileMessageSchema,
]);
export type TelemetryMessage = z.infer<typeof telemetryMessageSchema>;

export const severitySchema = z.enum(['info', 'warning', 'critical']);

/** How an alarm stands; which change is legal is the telemetry hub's to say. */
export const alarmStateSchema = z.enum(['raised', 'acknowledged', 'shelved', 'cleared']);
export type AlarmState = z.infer<typeof alarmStateSchema>;

/**
 * What travels on `fab.<org>.<process>.<run>.alert`. The id is that of the alarm, `<process>.<tool>.<source>`: it stays
 * the same from run to run, so that an alarm which comes again counts up.
 */
export const alertSchema = z.object({
  alarm_id: z.string(),
  run_id: z.string(),
  equipment_id: z.string(),
  parameter: z.string(),
  message: z.string(),
  severity: severitySchema,
  state: alarmStateSchema,
  value: z.number().nullable(),
  limit: z.number().nullable(),
  time_s: z.number(),
  at: z.string(),
  /** What raised it, for instance `spc.beam_current` or `interlock.process_pressure`; the alarm id when left out. */
  source: z.string().optional(),
  /** Stays raised until a person has acknowledged it, also when the condition is over. */
  latched: z.boolean().optional(),
  /** Who acknowledged, shelved or unshelved it, and what they said; absent when the tool or a chart speaks. */
  by: z.string().optional(),
  comment: z.string().optional(),
});
export type Alert = z.infer<typeof alertSchema>;
