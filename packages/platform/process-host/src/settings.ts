import { createHash } from 'node:crypto';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { localFolderOf, objectStoreFields } from '@spectra/object-store';
import { tracingFields } from '@spectra/service-kit';

const port = z.coerce.number().int().min(1).max(65_535);

/** Settings of a process service, read once at its start. */
export const processServiceSettingsSchema = z.object({
  NATS_URL: z.string().min(1),
  DATABASE_APP_URL: z.string().min(1),
  DATABASE_SYSTEM_URL: z.string().min(1),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  ADMIN_PORT: port,
  /** Where a run can be stopped while NATS and Postgres are away; without a port there is no such door. */
  ABORT_HOST: z.string().default('127.0.0.1'),
  ABORT_PORT: port.optional(),
  /** The keys that access tokens are signed with; needed by the abort door alone. */
  TOKEN_KEYS_FILE: z.string().min(1).optional(),
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
  /** Where files of runs wait while the object store is away; by default beside the local store's folder. */
  UPLOAD_SPOOL_FOLDER: z.string().min(1).optional(),
  /** What does not fit the spool goes straight to the store, and is lost with it. */
  UPLOAD_SPOOL_MB: z.coerce.number().int().min(1).max(1_000_000).default(2_000),
  ...objectStoreFields,
  ...tracingFields,
});
export type ProcessServiceSettings = z.output<typeof processServiceSettingsSchema>;

/** The spool of one service: no two services, and no two installations, may share a folder. */
export function spoolSettings(
  settings: ProcessServiceSettings,
  service: string,
): { folder: string; bytesMax: number } {
  const bytesMax = settings.UPLOAD_SPOOL_MB * 1_000_000;
  if (settings.UPLOAD_SPOOL_FOLDER !== undefined) return { folder: settings.UPLOAD_SPOOL_FOLDER, bytesMax };
  const stored = localFolderOf(settings);
  if (stored !== undefined) return { folder: join(`${stored}-spool`, service), bytesMax };
  const installation = createHash('sha256').update(settings.DATABASE_APP_URL).digest('hex').slice(0, 12);
  return { folder: join(tmpdir(), `spectra-spool-${installation}`, service), bytesMax };
}
