import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../folders.ts';
import { natsProgram } from '../nats-program.ts';
import { countTests } from '../count-tests.ts';

/** `spectra test`: all tests, or those whose path holds a given word. The last line is `N passed, N failed`. */
export function test(filters: readonly string[]): boolean {
  const program = natsProgram(process.env['NATS_SERVER'] || undefined, (line) =>
    console.error(`spectra: ${line}`),
  );
  const folder = mkdtempSync(join(tmpdir(), 'spectra-report-'));
  const report = join(folder, 'report.json');
  const run = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...filters,
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, NATS_SERVER: program } },
  );
  const { passed, failed, skipped } = countTests(readReport(report), run.status ?? 1);
  rmSync(folder, { recursive: true, force: true });
  if (skipped > 0) console.log(`${skipped} skipped; each says why above`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0;
}

/** What vitest wrote, or undefined when it did not come that far. */
function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
