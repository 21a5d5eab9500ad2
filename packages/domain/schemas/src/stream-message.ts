import { z } from 'zod';
import { alertSchema, channelSchema } from './telemetry.ts';
import { artifactSchema, jobStatusSchema, namedNumbersSchema } from './run.ts';

/**
 * Messages of a run's stream, WebSocket and SSE alike. `seq` grows by one per run. `connected` and a repeated
 * `progress` are made for one reader and carry the number before the next one, `gap` that of the last lost message;
 * so the last number seen is always the one to resume from.
 */
export const streamMessageTypeSchema = z.enum([
  'connected',
  'progress',
  'telemetry',
  'profile',
  'alert',
  'completed',
  'error',
  'cancelled',
  'gap',
]);
export type StreamMessageType = z.infer<typeof streamMessageTypeSchema>;

export const streamDataSchemas = {
  connected: z.object({
    run_id: z.string(),
    status: jobStatusSchema,
    progress: z.number(),
    current_step: z.string(),
    /** Last sequence number of the stream so far, 0 when nothing was sent yet. */
    last_seq: z.int(),
    /** First sequence number that can still be replayed. */
    first_seq: z.int(),
    /** Sequence number of the next message that this reader gets. */
    next_seq: z.int(),
    /** Milliseconds since the newest stored message; null when there is none. */
    age_ms: z.number().nullable(),
    channels: z.array(channelSchema),
    limits: z.record(z.string(), z.object({ low: z.number().optional(), high: z.number().optional() })),
    /** The run has ended: what follows is its record, then a normal close. */
    replay: z.boolean(),
    /** The reader asked to go on after a number that this stream never had: it begins anew. */
    reset: z.boolean(),
  }),
  progress: z.object({
    progress: z.number(),
    current_step: z.string(),
    status: jobStatusSchema,
    eta_s: z.number().nullable(),
    attempt: z.int(),
    message: z.string().optional(),
    /** Nothing new came for a second; this is the last known progress again, with its old timestamp. */
    repeated: z.boolean().optional(),
  }),
  telemetry: z.object({
    wafer_index: z.int(),
    time_s: z.array(z.number()),
    channels: z.record(z.string(), z.array(z.number().nullable())),
  }),
  profile: z.object({
    wafer_index: z.int(),
    time_s: z.number(),
    name: z.string(),
    unit: z.string(),
    x_mm: z.array(z.number()),
    y_mm: z.array(z.number()).optional(),
    values: z.array(z.unknown()),
  }),
  alert: alertSchema,
  completed: z.object({
    metrics: namedNumbersSchema,
    vm_prediction: namedNumbersSchema,
    artifacts: z.array(artifactSchema),
  }),
  error: z.object({ error_message: z.string(), code: z.string(), retryable: z.boolean() }),
  cancelled: z.object({ message: z.string(), safe_state_at: z.string().nullable() }),
  gap: z.object({ from_seq: z.int(), to_seq: z.int(), dropped: z.int() }),
} as const satisfies Record<StreamMessageType, z.ZodType>;

/** One message of a run's stream. */
export type StreamMessage = {
  [Type in StreamMessageType]: {
    type: Type;
    seq: number;
    timestamp: string;
    data: z.infer<(typeof streamDataSchemas)[Type]>;
  };
}[StreamMessageType];

/** Access and behaviour asked for when a stream is opened. */
export const streamQuerySchema = z.strictObject({
  ticket: z.string().optional(),
  token: z.string().optional(),
  from: z.union([z.literal('latest'), z.literal('start'), z.coerce.number().int().min(0)]).default('start'),
  mode: z.enum(['all', 'latest', 'decimated']).default('all'),
  max_rate_hz: z.coerce.number().min(0.1).max(100).optional(),
});
export type StreamQuery = z.infer<typeof streamQuerySchema>;

/** `POST /api/stream-tickets`. */
export const streamTicketRequestSchema = z.strictObject({ run_id: z.string().min(1).max(64) });
export const streamTicketSchema = z.object({
  ticket: z.string(),
  run_id: z.string(),
  expires_at: z.string(),
  websocket_url: z.string(),
  sse_url: z.string(),
});
