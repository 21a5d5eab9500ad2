import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { filesOf } from '../folders.ts';
import { readState } from '../platform-state.ts';
import type { LauncherSettings } from '../settings.ts';
import { lastLines } from '../wait-until-ready.ts';

const linesShown = 200;

/** `spectra logs <service> [--follow]`: the end of a part's log. */
export async function logs(
  settings: LauncherSettings,
  name: string | undefined,
  follow: boolean,
): Promise<void> {
  const units = readState(settings.dataFolder)?.units ?? {};
  const files = new Map(Object.entries(units).map(([unit, { logFile }]) => [unit, logFile]));
  files.set('supervisor', join(filesOf(settings.dataFolder).logs, 'supervisor.log'));
  const file = files.get(name ?? '');
  if (file === undefined) {
    throw new Error(`logs needs the name of a part: ${[...files.keys()].join(', ')}`);
  }
  if (!follow) {
    console.log(lastLines(file, linesShown));
    return;
  }
  const tail = spawn('tail', ['-n', String(linesShown), '-F', file], { stdio: 'inherit' });
  await new Promise<void>((resolve) => tail.once('close', () => resolve()));
}
