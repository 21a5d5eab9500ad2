import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../folders.ts';
import { natsProgram } from '../nats-program.ts';

/** `spectra faults [options]`: the fault campaign on a platform of its own; it reads its options itself. */
export function faults(options: readonly string[]): boolean {
  const program = natsProgram(process.env['NATS_SERVER'] || undefined, (line) =>
    console.error(`spectra: ${line}`),
  );
  const run = spawnSync(process.execPath, [join(root, 'tests/faults/main.ts'), ...options], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NATS_SERVER: program },
  });
  return run.status === 0;
}
