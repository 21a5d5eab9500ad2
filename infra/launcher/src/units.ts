import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { spawnServer, startNats, startPostgres, type ServerProcess } from '@spectra/local-servers';
import { filesOf, postgresFolderOf, root } from './folders.ts';
import type { ServiceSpec } from './services.ts';
import type { LauncherSettings } from './settings.ts';

/** Something that runs as a process of its own and is restarted when it ends. */
export type Unit = {
  name: string;
  adminPort?: number;
  logFile: string;
  start(): Promise<ServerProcess>;
  /** How it is asked to end, and how long it has. */
  stopSignal: NodeJS.Signals;
  stopLimitMs: number;
};

/** Postgres on the data folder. */
export function postgresUnit(settings: LauncherSettings, adminPassword: string): Unit {
  const folder = postgresFolderOf(settings.dataFolder, adminPassword);
  return {
    name: 'postgres',
    logFile: join(folder, 'postgres.log'),
    start: () => startPostgres({ folder, port: settings.POSTGRES_PORT, adminPassword }),
    // Postgres's "fast" shutdown.
    stopSignal: 'SIGINT',
    stopLimitMs: 30_000,
  };
}

/** The administrator's URL of the Postgres that `postgresUnit` runs. */
export function ownAdminUrl(settings: LauncherSettings, adminPassword: string): string {
  return `postgres://postgres:${encodeURIComponent(adminPassword)}@127.0.0.1:${settings.POSTGRES_PORT}/postgres`;
}

/** NATS with JetStream on the data folder. */
export function natsUnit(settings: LauncherSettings, program: string): Unit {
  const folder = filesOf(settings.dataFolder).nats;
  return {
    name: 'nats',
    logFile: join(folder, 'nats.log'),
    start: () =>
      startNats({
        program,
        folder,
        port: settings.NATS_PORT,
        monitoringPort: settings.NATS_MONITORING_PORT,
      }),
    stopSignal: 'SIGTERM',
    stopLimitMs: 20_000,
  };
}

/**
 * Loading a service makes much short-lived garbage, which Node's default nursery lets grow to 400 MB; with a small one
 * a service rests at 160 MB.
 */
const serviceNodeOptions = ['--max-semi-space-size=4'];

/** One of the platform's own services. */
export function serviceUnit(spec: ServiceSpec, logsFolder: string): Unit {
  const logFile = join(logsFolder, `${spec.name}.log`);
  return {
    name: spec.name,
    adminPort: spec.adminPort,
    logFile,
    async start() {
      if (!existsSync(spec.main)) throw new Error(`${spec.main} is missing`);
      const { DATABASE_URL: _administrator, ...environment } = process.env;
      return spawnServer({
        name: spec.name,
        file: process.execPath,
        arguments: [...serviceNodeOptions, spec.main],
        folder: root,
        environment: { ...spec.defaults, ...environment, ...spec.environment },
        logFile,
      });
    },
    stopSignal: 'SIGTERM',
    // A service drains for up to 30 s.
    stopLimitMs: 35_000,
  };
}
