import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf, type ProcessIdentity } from '@spectra/local-servers';
import { filesOf, root } from './folders.ts';

/** Starts the guard as a process that outlives its starter; answers its identity. */
export function startGuard(dataFolder: string, natsProgram: string): ProcessIdentity | undefined {
  return startDetached('guard.ts', dataFolder, natsProgram);
}

/** Starts the supervisor as a process that outlives its starter; answers its identity. */
export function startSupervisor(dataFolder: string, natsProgram: string): ProcessIdentity | undefined {
  return startDetached('supervise.ts', dataFolder, natsProgram);
}

function startDetached(file: string, dataFolder: string, natsProgram: string): ProcessIdentity | undefined {
  const { logs } = filesOf(dataFolder);
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const log = openSync(join(logs, 'supervisor.log'), 'a');
  const child = spawn(process.execPath, [join(import.meta.dirname, file), natsProgram], {
    cwd: root,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  return child.pid === undefined ? undefined : identityOf(child.pid);
}
