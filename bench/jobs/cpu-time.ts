import { readFileSync, readdirSync } from 'node:fs';

/** Linux counts in hundredths of a second. */
const tickMs = 10;

/** CPU time so far of these processes and all their descendants, the ended ones included, in ms. */
export function cpuMs(roots: readonly number[]): number {
  const times = readAtRest();
  const children = Map.groupBy(times.values(), (process) => process.parent);
  const sumOf = (pid: number): number => {
    const own = times.get(pid)?.cpuMs ?? 0;
    return (children.get(pid) ?? []).reduce((sum, child) => sum + sumOf(child.pid), own);
  };
  return roots.reduce((sum, pid) => sum + sumOf(pid), 0);
}

type ProcessTime = { pid: number; parent: number; cpuMs: number };

/** A process that ends while they are read is missing there, and not yet counted with its parent: then they are read again. */
function readAtRest(): Map<number, ProcessTime> {
  let last = readProcesses();
  for (;;) {
    const now = readProcesses();
    if (now.size === last.size && [...now.keys()].every((pid) => last.has(pid))) return now;
    last = now;
  }
}

function readProcesses(): Map<number, ProcessTime> {
  const found = new Map<number, ProcessTime>();
  for (const name of readdirSync('/proc')) {
    const process = /^\d+$/.test(name) ? readProcess(Number(name)) : null;
    if (process !== null) found.set(process.pid, process);
  }
  return found;
}

/** Fields 14 to 17 of `stat`: user and system time, own and of the children that were waited for. */
function readProcess(pid: number): ProcessTime | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The name in brackets may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { pid, parent: Number(fields[1]), cpuMs: ticks * tickMs };
}
