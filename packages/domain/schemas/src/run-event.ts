import { z } from 'zod';
import { jobStatusSchema, runOutcomeSchema, artifactSchema } from './run.ts';

/** Names of run events; each is the past tense of what happened to the run. */
export const runEventTypeSchema = z.enum([
  'spectra.run.blocked',
  'spectra.run.queued',
  'spectra.run.started',
  'spectra.run.progressed',
  'spectra.run.retrying',
  'spectra.run.held',
  'spectra.run.cancel_requested',
  'spectra.run.completed',
  'spectra.run.failed',
  'spectra.run.cancelled',
]);
export type RunEventType = z.infer<typeof runEventTypeSchema>;

export const runEventDataSchema = z.object({
  run_id: z.string(),
  job_id: z.uuid(),
  status: jobStatusSchema,
  progress: z.number(),
  current_step: z.string(),
  eta_s: z.number().nullable(),
  attempt: z.int(),
  equipment_id: z.string().nullable(),
  error_message: z.string().optional(),
  error_code: z.string().optional(),
  retryable: z.boolean().optional(),
  message: z.string().optional(),
  safe_state_at: z.string().nullable().optional(),
  outcome: runOutcomeSchema.optional(),
  artifacts: z.array(artifactSchema).optional(),
});
export type RunEventData = z.infer<typeof runEventDataSchema>;

/** A run event as a structured CloudEvent (specversion 1.0), on `fab.<org>.<process>.<run>.event`. */
export const runEventSchema = z.object({
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string(),
  type: runEventTypeSchema,
  subject: z.string(),
  time: z.string(),
  datacontenttype: z.literal('application/json'),
  dataschema: z.string(),
  traceparent: z.string().optional(),
  data: runEventDataSchema,
});
export type RunEvent = z.infer<typeof runEventSchema>;
