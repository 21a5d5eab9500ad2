import { isAlive } from '@spectra/local-servers';
import { lives, readState, writeState } from './platform-state.ts';

const stopLimitMs = 90_000;
const pollMs = 100;

/** Stops everything that runs on a data folder; false when nothing ran. Survivors of a lost supervisor end too. */
export async function stopPlatform(dataFolder: string): Promise<boolean> {
  const state = readState(dataFolder);
  if (state === undefined) return false;
  const { supervisor } = state;
  const survivors = Object.values(state.units).flatMap((unit) => (lives(unit.process) ? [unit.process] : []));
  if (!lives(supervisor) && survivors.length === 0) return false;
  // First, so that the guard starts nobody again.
  writeState(dataFolder, { ...state, stopping: true });
  if (lives(state.guard)) process.kill(state.guard.pid, 'SIGTERM');
  if (lives(supervisor)) {
    process.kill(supervisor.pid, 'SIGTERM');
    await until(() => !isAlive(supervisor));
  }
  for (const survivor of survivors) {
    if (isAlive(survivor)) process.kill(survivor.pid, 'SIGINT');
  }
  await until(() => !survivors.some(isAlive));
  return true;
}

async function until(isDone: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + stopLimitMs;
  while (!isDone()) {
    if (performance.now() > deadlineMs)
      throw new Error(`Not everything ended within ${stopLimitMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
