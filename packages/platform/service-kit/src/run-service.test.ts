import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';

const program = join(import.meta.dirname, '../test/three-parts.ts');
const stops = ['stop third', 'stop second', 'stop first'];
const starts = ['start first', 'start second', 'start third'];

/** Runs the little service and sends the signals once it runs; answers its lines and its exit code. */
async function run(fault: string, signals: NodeJS.Signals[] = []) {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, FAULT: fault },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (line === 'running') for (const signal of signals) child.kill(signal);
  });
  const [code] = await once(child, 'close');
  return { lines: lines.filter((line) => line !== 'running'), code };
}

it('parts start in order and stop in reverse on SIGTERM; a second signal changes nothing', async () => {
  expect(await run('', ['SIGTERM', 'SIGINT'])).toEqual({ lines: [...starts, ...stops], code: 0 });
});

it('a part that does not start stops what was begun, and the process ends with 1', async () => {
  expect(await run('start third')).toEqual({ lines: [...starts.slice(0, 2), ...stops], code: 1 });
});

it('a part that does not stop cleanly does not keep the others from stopping', async () => {
  expect(await run('stop second', ['SIGTERM'])).toEqual({ lines: [...starts, ...stops], code: 1 });
});

it('a fault that nobody caught stops the parts and ends with 1', async () => {
  expect(await run('later')).toEqual({ lines: [...starts, ...stops], code: 1 });
});
