import { z } from 'zod';
import { rpcContract } from './rpc.ts';
import { jobTypeSchema } from './run.ts';

/** One queue as its organisation sees it. */
const queueViewSchema = z.object({
  queue: z.string(),
  /** Jobs of the organisation that may start as soon as there is a slot. */
  waiting: z.int(),
  /** Jobs that wait for their next attempt. */
  retrying: z.int(),
  /** Jobs that wait for others. */
  blocked: z.int(),
  /** Jobs that wait for a person. */
  held: z.int(),
  running: z.int(),
  /** Jobs of the queue that may run at a time, of all organisations together. */
  limit: z.int(),
  oldest_wait_s: z.number().nullable(),
  /** The organisation's job that is next in line. */
  next: z
    .object({
      job_id: z.uuid(),
      run_id: z.string().nullable(),
      priority: z.int(),
      created_at: z.string(),
      estimated_start: z.string(),
    })
    .nullable(),
});
export type QueueView = z.output<typeof queueViewSchema>;

/** A finally failed job, until somebody redrives it. */
export const deadLetterSchema = z.object({
  dead_letter_id: z.uuid(),
  job_id: z.uuid(),
  run_id: z.string().nullable(),
  job_type: jobTypeSchema,
  tool: z.string().nullable(),
  reason: z.string(),
  code: z.string().nullable(),
  attempts: z.int(),
  created_at: z.string(),
  redriven_at: z.string().nullable(),
});
export type DeadLetter = z.output<typeof deadLetterSchema>;

/** What a list of dead letters may be narrowed to. */
export const deadLetterFilterFields = {
  job_id: z.uuid().optional(),
  run_id: z.string().min(1).max(64).optional(),
  job_type: jobTypeSchema.optional(),
  code: z.string().min(1).max(100).optional(),
};

/** Abilities of the orchestrator (service name `jobs`) for whoever looks after the queues. */
export const queuesRpc = {
  viewQueues: rpcContract(
    'view-queues',
    z.object({}),
    z.object({
      taken_at: z.string(),
      organisation: z.object({ running: z.int(), limit: z.int() }),
      queues: z.array(queueViewSchema),
    }),
  ),
  listDeadLetters: rpcContract(
    'list-dead-letters',
    z.object({
      ...deadLetterFilterFields,
      redriven: z.boolean().optional(),
      limit: z.int().min(1).max(100),
      offset: z.int().min(0),
    }),
    z.object({ items: z.array(deadLetterSchema), total: z.int() }),
  ),
} as const;
