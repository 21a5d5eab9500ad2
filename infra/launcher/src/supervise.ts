// The supervisor's process: `node supervise.ts <nats-server program>`. Its settings are the environment's.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { prepareDatabase } from '@spectra/database';
import { identityOf } from '@spectra/local-servers';
import { codeVersion } from './code-version.ts';
import { filesOf, root } from './folders.ts';
import { KeptUnit } from './kept-unit.ts';
import { lives, readState, writeState, type PlatformState } from './platform-state.ts';
import { demoAccounts, ensureTokenKeys, installationSecrets } from './secrets.ts';
import { gatewayUrl, schemaOwners, serviceSpecs } from './services.ts';
import { readLauncherSettings } from './settings.ts';
import { startGuard } from './start-guard.ts';
import { natsUnit, ownAdminUrl, postgresUnit, serviceUnit, type Unit } from './units.ts';

const guardWatchMs = 1_000;
const databaseRetryMs = 1_000;
const claimMs = 250;

const natsProgram = process.argv[2] ?? 'nats-server';
const settings = readLauncherSettings(process.env, root);
const { dataFolder } = settings;
const files = filesOf(dataFolder);
const before = readState(dataFolder);
if (lives(before?.supervisor) && before.supervisor.pid !== process.pid) process.exit(0);

const kept: KeptUnit[] = [];
const stopping = new AbortController();
const state: PlatformState = {
  ...(before?.guard === undefined ? {} : { guard: before.guard }),
  stopping: false,
  gatewayUrl: gatewayUrl(settings),
  settings: { ...settings },
  units: before?.units ?? {},
};
const self = identityOf(process.pid);
if (self !== undefined) state.supervisor = self;
const save = () => writeState(dataFolder, state);

process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
save();
// Two starters at once (the guard and a second `up`): the one that wrote last goes on.
await new Promise((resolve) => setTimeout(resolve, claimMs));
if (readState(dataFolder)?.supervisor?.pid !== process.pid) process.exit(0);
const guardWatch = setInterval(keepGuard, guardWatchMs);
keepGuard();
await bringUp();

/** Bottom up: servers, database, services. Everything that runs already is adopted. */
async function bringUp(): Promise<void> {
  for (const folder of [files.logs, files.journals, files.objects, files.nats]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  const secrets = installationSecrets(dataFolder);
  demoAccounts(dataFolder);
  const tokenKeysFile = ensureTokenKeys(dataFolder);
  const servers = [
    ...(settings.DATABASE_URL === undefined ? [postgresUnit(settings, secrets.postgresPassword)] : []),
    ...(settings.NATS_URL === undefined ? [natsUnit(settings, natsProgram)] : []),
  ];
  await Promise.all(servers.map(keep));
  const adminUrl = settings.DATABASE_URL ?? ownAdminUrl(settings, secrets.postgresPassword);
  const databases = await prepared({ adminUrl, roleSecret: secrets.roleSecret });
  if (databases === undefined) return;
  const specs = serviceSpecs(settings, {
    natsUrl: settings.NATS_URL ?? `nats://127.0.0.1:${settings.NATS_PORT}`,
    databases,
    objectStoreSecret: secrets.objectStoreSecret,
    tokenKeysFile,
    bootstrapFile: files.accounts,
    codeVersion: codeVersion(),
  });
  await Promise.all(specs.map((spec) => keep(serviceUnit(spec, files.logs))));
}

async function keep(unit: Unit): Promise<void> {
  if (stopping.signal.aborted) return;
  const one = new KeptUnit(unit, before?.units[unit.name], (unitState) => {
    state.units[unit.name] = unitState;
    save();
  });
  kept.push(one);
  await one.start();
}

/** The one migration step; tried again while the database is away. Undefined when a stop came first. */
async function prepared(access: { adminUrl: string; roleSecret: string }) {
  while (!stopping.signal.aborted) {
    try {
      const urls = await prepareDatabase({
        ...access,
        database: settings.DATABASE_NAME,
        owners: schemaOwners,
      });
      delete state.units['migrations'];
      return urls;
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      const failures = (state.units['migrations']?.restarts ?? 0) + 1;
      const logFile = join(files.logs, 'supervisor.log');
      state.units['migrations'] = { restarts: failures, logFile, fault };
      save();
      console.error(error);
      await new Promise((resolve) => setTimeout(resolve, databaseRetryMs));
    }
  }
  return undefined;
}

function keepGuard(): void {
  if (stopping.signal.aborted || lives(state.guard)) return;
  const guard = startGuard(dataFolder, natsProgram);
  if (guard !== undefined) state.guard = guard;
  save();
}

/** Services first, servers last. */
async function stop(): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  state.stopping = true;
  clearInterval(guardWatch);
  save();
  const servers = new Set(['postgres', 'nats']);
  const ends = (some: KeptUnit[]) => Promise.all(some.map((one) => one.stop()));
  await ends(kept.filter((one) => !servers.has(one.unit.name)));
  await ends(kept.filter((one) => servers.has(one.unit.name)));
  delete state.supervisor;
  delete state.guard;
  save();
  process.exit(0);
}
