import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../folders.ts';
import { natsProgram } from '../nats-program.ts';

/** Every rule of the code base, in the order of how fast it speaks. */
const steps = [
  { name: 'format', tool: 'biome', arguments: ['format', '.'] },
  { name: 'lint', tool: 'oxlint', arguments: ['--type-aware', '.'] },
  { name: 'types', tool: 'tsc', arguments: ['-p', 'tsconfig.json'] },
  { name: 'types of the domain', tool: 'tsc', arguments: ['-p', 'packages/domain/tsconfig.json'] },
  { name: 'package fences', tool: 'turbo', arguments: ['boundaries'] },
  { name: 'unused code', tool: 'knip', arguments: [] },
  { name: 'rules that no tool knows', tool: 'vitest', arguments: ['run', 'tests/rules'] },
] as const;

/** `spectra check`: runs every step, also after one that found something; answers whether all passed. */
export function check(): boolean {
  // The test run behind the last step makes sure of its servers before it looks at a single rule.
  const program = natsProgram(process.env['NATS_SERVER'] || undefined, (line) =>
    console.error(`spectra: ${line}`),
  );
  const failed = steps.filter((step) => {
    console.log(`\n== ${step.name}`);
    const done = spawnSync(join(root, 'node_modules/.bin', step.tool), step.arguments, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', NATS_SERVER: program },
    });
    return done.status !== 0;
  });
  const names = failed.map((step) => step.name).join(', ');
  console.log(failed.length === 0 ? '\nall checks passed' : `\nnot passed: ${names}`);
  return failed.length === 0;
}
