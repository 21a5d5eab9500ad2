import { join, resolve } from 'node:path';
import { z } from 'zod';

const port = z.coerce.number().int().min(1).max(65_535);

/** The launcher's settings with their defaults; every one may be set in the environment. */
const settingsSchema = z.object({
  /** Folder of everything that is kept. */
  SPECTRA_DATA: z.string().optional(),
  GATEWAY_PORT: port.default(8003),
  HUB_PORT: port.default(8004),
  SIMULATOR_PORT: port.default(8010),
  GATEWAY_ADMIN_PORT: port.default(8103),
  HUB_ADMIN_PORT: port.default(8104),
  ORCHESTRATOR_ADMIN_PORT: port.default(8105),
  ION_ADMIN_PORT: port.default(8106),
  RTP_ADMIN_PORT: port.default(8107),
  SIMULATOR_ADMIN_PORT: port.default(8108),
  ION_ABORT_PORT: port.default(8116),
  RTP_ABORT_PORT: port.default(8117),
  POSTGRES_PORT: port.default(5433),
  NATS_PORT: port.default(4222),
  NATS_MONITORING_PORT: port.default(8222),
  /** An administrator's URL of a Postgres to use instead of an own one. */
  DATABASE_URL: z.string().startsWith('postgres').optional(),
  /** The database's name. */
  DATABASE_NAME: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,40}$/)
    .default('spectra'),
  /** A NATS server to use instead of an own one. */
  NATS_URL: z.string().optional(),
  /** The nats-server program to start. */
  NATS_SERVER: z.string().optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

/** What the launcher was told. */
export type LauncherSettings = z.output<typeof settingsSchema> & { dataFolder: string };

/** The names of the settings that are ports. */
type PortSetting = Extract<keyof LauncherSettings, `${string}_PORT`>;

/** A port that the platform needs, and the setting that moves it. */
export type NeededPort = { setting: PortSetting; port: number; user: string };

/** Reads the settings; all faults are told together. */
export function readLauncherSettings(
  environment: Readonly<Record<string, string | undefined>>,
  root: string,
): LauncherSettings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`These settings are not usable:\n${faults.join('\n')}`);
  }
  const dataFolder = resolve(parsed.data.SPECTRA_DATA ?? join(root, '.spectra/data'));
  const settings = { ...parsed.data, dataFolder };
  const twice = portsAskedTwice(settings);
  if (twice !== undefined) throw new Error(`These settings are not usable:\n  ${twice}`);
  return settings;
}

/** The ports to be free before a start. */
export function neededPorts(settings: LauncherSettings): NeededPort[] {
  const users: Partial<Record<PortSetting, string>> = {
    GATEWAY_PORT: 'gateway',
    HUB_PORT: 'telemetry-hub',
    SIMULATOR_PORT: 'tool-simulator',
    GATEWAY_ADMIN_PORT: 'gateway',
    HUB_ADMIN_PORT: 'telemetry-hub',
    ORCHESTRATOR_ADMIN_PORT: 'job-orchestrator',
    ION_ADMIN_PORT: 'ion-service',
    RTP_ADMIN_PORT: 'rtp-service',
    SIMULATOR_ADMIN_PORT: 'tool-simulator',
    ION_ABORT_PORT: 'ion-service',
    RTP_ABORT_PORT: 'rtp-service',
    ...(settings.DATABASE_URL === undefined ? { POSTGRES_PORT: 'postgres' } : {}),
    ...(settings.NATS_URL === undefined ? { NATS_PORT: 'nats', NATS_MONITORING_PORT: 'nats' } : {}),
  };
  return Object.entries(users).map(([name, user]) => {
    const setting = name as PortSetting;
    return { setting, port: settings[setting], user };
  });
}

function portsAskedTwice(settings: LauncherSettings): string | undefined {
  const seen = new Map<number, string>();
  for (const { setting, port: number } of neededPorts(settings)) {
    const other = seen.get(number);
    if (other !== undefined) return `${setting}: port ${number} is asked for by ${other} too`;
    seen.set(number, setting);
  }
  return undefined;
}
