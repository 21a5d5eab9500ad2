import { tracingFields } from '@spectra/service-kit';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);

/** Everything that can be set from outside, read once at the start. */
export const settingsSchema = z.object({
  NATS_URL: z.string().min(1).default('nats://127.0.0.1:4222'),
  DATABASE_APP_URL: z.string().min(1),
  DATABASE_SYSTEM_URL: z.string().min(1),
  TOKEN_KEYS_FILE: z.string().min(1),
  HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  HTTP_PORT: port.default(8004),
  ADMIN_PORT: port.default(8104),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Origins of browsers that may open streams, separated by commas. */
  ALLOWED_ORIGINS: z
    .string()
    .default('http://127.0.0.1:8003,http://localhost:8003')
    .transform((text) => text.split(',').map((origin) => origin.trim())),
  /** Whether an access token is accepted as `?token=` (requirement R1-40); it is never logged. */
  STREAM_QUERY_TOKEN: z
    .enum(['on', 'off'])
    .default('off')
    .transform((text) => text === 'on'),
  STREAM_RETENTION_DAYS: z.coerce.number().min(1).max(3_650).default(30),
  VIEWERS_MAX: z.coerce.number().int().min(1).max(100_000).default(2_000),
  VIEWERS_PER_USER_MAX: z.coerce.number().int().min(1).max(100_000).default(100),
  ...tracingFields,
});
export type Settings = z.infer<typeof settingsSchema>;
