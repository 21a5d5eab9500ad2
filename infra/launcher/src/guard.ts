// The guard's process: starts the supervisor again when it was killed; the supervisor does the same for it.
import type { ProcessIdentity } from '@spectra/local-servers';
import { root } from './folders.ts';
import { lives, readState } from './platform-state.ts';
import { readLauncherSettings } from './settings.ts';
import { startSupervisor } from './start-guard.ts';

const watchMs = 1_000;
const natsProgram = process.argv[2] ?? 'nats-server';
const { dataFolder } = readLauncherSettings(process.env, root);

/** The supervisor started last, which needs a moment before it says so itself. */
let started: ProcessIdentity | undefined;

setInterval(() => {
  const state = readState(dataFolder);
  if (state === undefined || state.stopping) process.exit(0);
  // Another guard took over: two would only be one too many.
  if (lives(state.guard) && state.guard.pid !== process.pid) process.exit(0);
  if (!lives(state.supervisor) && !lives(started)) started = startSupervisor(dataFolder, natsProgram);
}, watchMs);
