import { objectStoreFields } from '@spectra/object-store';
import { tracingFields } from '@spectra/service-kit';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const perMinute = z.coerce.number().int().min(1).max(1_000_000);

/** Everything that an installation may set for the gateway; read once, at the start. */
export const gatewaySettings = z.object({
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: port.default(8003),
  ADMIN_PORT: port.default(8103),
  /** How clients reach this gateway; used in links. */
  PUBLIC_URL: z.url().default('http://127.0.0.1:8003'),
  HUB_URL: z.url().default('http://127.0.0.1:8004'),
  NATS_URL: z.string().min(1),
  DATABASE_APP_URL: z.string().min(1),
  DATABASE_SYSTEM_URL: z.string().min(1),
  DATABASE_CONNECTIONS: z.coerce.number().int().min(1).max(100).default(10),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Made at the first start when it does not exist. */
  TOKEN_KEYS_FILE: z.string().min(1),
  /** Organisation and users of a fresh installation. */
  BOOTSTRAP_FILE: z.string().min(1).optional(),
  /** Browser origins that may read answers, separated by commas. */
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((origin) => origin !== '')),
  /** Proxies in front of the gateway (addresses or networks), separated by commas: they say whose request it is. */
  TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((proxy) => proxy !== '')),
  ACCESS_TOKEN_MINUTES: z.coerce.number().int().min(1).max(1440).default(15),
  /** Older name; wins when it is set. */
  JWT_EXPIRATION_HOURS: z.coerce.number().min(0.01).max(24).optional(),
  CREATE_REQUESTS_PER_MINUTE: perMinute.default(100),
  READ_REQUESTS_PER_MINUTE: perMinute.default(1000),
  LOGIN_REQUESTS_PER_MINUTE: perMinute.default(60),
  ...objectStoreFields,
  ...tracingFields,
});
export type GatewaySettings = z.output<typeof gatewaySettings>;

/** Lifetime of an access token by the settings, in seconds. */
export function accessLifetimeS(settings: GatewaySettings): number {
  const hours = settings.JWT_EXPIRATION_HOURS;
  return Math.round(hours === undefined ? settings.ACCESS_TOKEN_MINUTES * 60 : hours * 3600);
}
