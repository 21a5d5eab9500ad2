import { mkdirSync } from 'node:fs';
import { natsProgram } from './nats-program.ts';
import { lives, readState, writeState, type PlatformState } from './platform-state.ts';
import { neededPorts, type LauncherSettings } from './settings.ts';
import { startSupervisor } from './start-guard.ts';
import { takenPortMessage, takenPorts } from './ports.ts';
import { waitUntilReady } from './wait-until-ready.ts';

const services = [
  'tool-simulator',
  'job-orchestrator',
  'telemetry-hub',
  'ion-service',
  'rtp-service',
  'gateway',
];

/** Starts what does not run yet and waits until all of it is ready. What runs already is left alone. */
export async function startPlatform(
  settings: LauncherSettings,
  say: (line: string) => void,
): Promise<PlatformState> {
  // Postgres may run as another OS user, who must pass through but need not look around.
  mkdirSync(settings.dataFolder, { recursive: true, mode: 0o711 });
  const state = readState(settings.dataFolder);
  refuseOtherSettings(state, settings);
  if (lives(state?.supervisor) && !state.stopping) {
    say('the platform runs already');
  } else {
    await refuseTakenPorts(state, settings);
    const program = settings.NATS_URL === undefined ? natsProgram(settings.NATS_SERVER, say) : 'nats-server';
    if (state !== undefined) writeState(settings.dataFolder, { ...state, stopping: false });
    say('starting Postgres, NATS and the services');
    startSupervisor(settings.dataFolder, program);
  }
  return waitUntilReady(settings.dataFolder, [
    ...(settings.DATABASE_URL === undefined ? ['postgres'] : []),
    ...(settings.NATS_URL === undefined ? ['nats'] : []),
    ...services,
  ]);
}

/** A platform that runs cannot move to other ports or servers under its users' feet. */
function refuseOtherSettings(state: PlatformState | undefined, settings: LauncherSettings): void {
  const running = Object.values(state?.units ?? {}).some((unit) => lives(unit.process));
  if (state === undefined || !running) return;
  const changed = Object.entries(settings)
    .filter(([name, value]) => state.settings[name] !== value && name !== 'LOG_LEVEL')
    .map(
      ([name, value]) => `  ${name}: runs with ${String(state.settings[name])}, asked for ${String(value)}`,
    );
  if (changed.length === 0) return;
  throw new Error(
    `The platform runs with other settings; stop it first with ./spectra down\n${changed.join('\n')}`,
  );
}

/** Ports of our own processes that outlived their supervisor are not taken: they will be adopted. */
async function refuseTakenPorts(state: PlatformState | undefined, settings: LauncherSettings): Promise<void> {
  const needed = neededPorts(settings).filter(({ user }) => !lives(state?.units[user]?.process));
  const taken = await takenPorts(needed);
  if (taken.length > 0) throw new Error(takenPortMessage(taken));
}
