import { tracingFields } from '@spectra/service-kit';
import { z } from 'zod';

const port = z.coerce.number().int().min(1).max(65_535);

/** Settings of the tool simulator, read once at its start. */
export const settingsSchema = z.object({
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  ADMIN_PORT: port,
  TOOL_LINK_HOST: z.string().default('127.0.0.1'),
  TOOL_LINK_PORT: port.default(8010),
  /** Where each tool keeps its own journal. */
  TOOL_JOURNAL_FOLDER: z.string().min(1),
  ...tracingFields,
});
