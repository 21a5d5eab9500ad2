import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** A process as it can be found again: its number alone may belong to another one by now. */
export type ProcessIdentity = { pid: number; startedAt: string };

/** The identity of a living process, or undefined when there is none of that number. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const startedAt = existsSync('/proc/self/stat') ? startOnLinux(pid) : psField(pid, 'lstart');
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** True while that very process lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.startedAt === identity.startedAt;
}

/** The name of the program that a process runs, or undefined when there is no such process. */
export function programOf(pid: number): string | undefined {
  if (!existsSync('/proc/self/stat')) return psField(pid, 'comm');
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Clock ticks from boot to the start of the process; a zombie counts as gone. */
function startOnLinux(pid: number): string | undefined {
  try {
    // The program's name, in brackets, may hold spaces; what follows it has fixed places.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function psField(pid: number, field: string): string | undefined {
  const told = spawnSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8' });
  const text = told.stdout?.trim();
  return told.status === 0 && text !== '' ? text : undefined;
}
