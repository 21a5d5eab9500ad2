import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { objectStoreFields } from '@spectra/object-store';

const port = z.coerce.number().int().min(1).max(65_535);

/** Settings of a process service, read once at its start. */
export const processServiceSettingsSchema = z.object({
  NATS_URL: z.string().min(1),
  DATABASE_APP_URL: z.string().min(1),
  DATABASE_SYSTEM_URL: z.string().min(1),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  ADMIN_PORT: port,
  TOOL_LINK_HOST: z.string().default('127.0.0.1'),
  TOOL_LINK_PORT: port.default(8010),
  /** The code that runs, as records of runs name it. */
  CODE_VERSION: z.string().min(1).max(200).default('0.1.0'),
  /** Runs that this instance drives at the same time. */
  WORKER_SLOTS: z.coerce.number().int().min(1).max(64).default(4),
  /** Jobs of tools that this instance does at the same time, for each of their queues. */
  TOOL_SLOTS: z.coerce.number().int().min(1).max(64).default(2),
  /** Threads that compute for tools; one core stays with the control loops of the runs. */
  TOOL_THREADS: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(Math.max(1, availableParallelism() - 1)),
  ...objectStoreFields,
});
export type ProcessServiceSettings = z.output<typeof processServiceSettingsSchema>;
