import { lives, readState, type UnitState } from '../platform-state.ts';
import type { LauncherSettings } from '../settings.ts';
import { isReady } from '../wait-until-ready.ts';

/** `spectra status`: one line for each part. Answers whether everything runs. */
export async function status(settings: LauncherSettings): Promise<boolean> {
  const state = readState(settings.dataFolder);
  const units = Object.entries(state?.units ?? {});
  if (state === undefined || !(lives(state.supervisor) || units.some(([, unit]) => lives(unit.process)))) {
    console.log(`Nothing runs on ${settings.dataFolder}`);
    return false;
  }
  const parts = await Promise.all(
    units.map(async ([name, unit]) => ({ name, unit, word: await wordFor(unit) })),
  );
  const supervisor = lives(state.supervisor)
    ? 'running'
    : 'gone: the parts below are not restarted; ./spectra up';
  console.log(`${'supervisor'.padEnd(18)} ${supervisor}`);
  for (const { name, unit, word } of parts) {
    const pid = unit.process === undefined ? '' : `pid ${unit.process.pid}`;
    const restarts = unit.restarts === 0 ? '' : `restarted ${unit.restarts} times`;
    console.log(`${name.padEnd(18)} ${word.padEnd(12)} ${pid.padEnd(12)} ${restarts}`);
  }
  console.log(`${'API'.padEnd(18)} ${state.gatewayUrl}`);
  return lives(state.supervisor) && parts.every(({ word }) => word === 'ready' || word === 'running');
}

async function wordFor(unit: UnitState): Promise<string> {
  if (!lives(unit.process)) return 'down';
  if (unit.adminPort === undefined) return 'running';
  return (await isReady(unit.adminPort)) ? 'ready' : 'not ready';
}
