import { z } from 'zod';
import { simulatorSettingsSchema } from '@spectra/schemas';

/**
 * What a service and a tool say to each other: one JSON text a line over TCP, each request answered in turn.
 * Envelopes are checked on both sides; `setpoints` and `readings` belong to the process definition.
 */

const identity = {
  /** Fencing token of the equipment lease. The tool refuses every token below the highest it has seen. */
  token: z.int().min(0),
};

export const toolRequestSchema = z.discriminatedUnion('op', [
  /** Opens a session for a tool; the answer tells what the tool holds now. */
  z.object({ op: z.literal('attach'), ...identity, process: z.string(), equipment: z.string() }),
  /** Puts a fresh wafer on the tool. */
  z.object({
    op: z.literal('load'),
    ...identity,
    run_id: z.string(),
    wafer_index: z.int(),
    recipe: z.record(z.string(), z.unknown()),
    seed: z.int(),
    simulator: simulatorSettingsSchema,
  }),
  /** Goes on under these setpoints for `dt_s`. `sequence` grows by one; a repeated or skipped one is refused. */
  z.object({
    op: z.literal('advance'),
    ...identity,
    sequence: z.int(),
    dt_s: z.number().positive(),
    setpoints: z.unknown(),
  }),
  /** Takes all energy off; allowed at any time to whoever holds the newest token. */
  z.object({ op: z.literal('safe'), ...identity, reason: z.string() }),
  /** Ends the session; the tool takes all energy off first. */
  z.object({ op: z.literal('detach'), ...identity }),
]);
export type ToolRequest = z.infer<typeof toolRequestSchema>;

/** What the tool holds, from its own memory. */
const toolStateSchema = z.object({
  loaded: z.object({ run_id: z.string(), wafer_index: z.int() }).nullable(),
  energised: z.boolean(),
  /** True after the tool's own watchdog took the energy off. */
  tripped: z.boolean(),
  sequence: z.int(),
  readings: z.unknown(),
  journal: z.record(z.string(), z.number()),
});
export type ToolState = z.infer<typeof toolStateSchema>;

const toolRefusalCodeSchema = z.enum([
  'stale_token',
  'wrong_sequence',
  'not_attached',
  'not_loaded',
  'tripped',
  'malformed',
]);
export type ToolRefusalCode = z.infer<typeof toolRefusalCodeSchema>;

export const toolReplySchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), state: toolStateSchema }),
  z.object({ ok: z.literal(false), code: toolRefusalCodeSchema, message: z.string() }),
]);
export type ToolReply = z.infer<typeof toolReplySchema>;
