import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../folders.ts';
import { natsProgram } from '../nats-program.ts';

const folder = join(root, 'bench');

/** `spectra bench <name> [options]`: runs one benchmark with its own options; lists them when the name is unknown. */
export function bench([name, ...options]: readonly string[]): boolean {
  const names = benchmarks();
  if (name === undefined || !names.includes(name)) {
    if (name !== undefined) console.error(`spectra: there is no benchmark "${name}"`);
    console.error(`usage: ./spectra bench <name> [options]; names: ${names.join(', ')}`);
    return false;
  }
  const program = natsProgram(process.env['NATS_SERVER'] || undefined, (line) =>
    console.error(`spectra: ${line}`),
  );
  const run = spawnSync(process.execPath, [join(folder, `${name}.ts`), ...options], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NATS_SERVER: program },
  });
  return run.status === 0;
}

/** Each file directly in the folder is one; workers and parts of them lie deeper or end in `-worker`. */
function benchmarks(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('-worker.ts'))
    .map((file) => file.slice(0, -'.ts'.length));
}
