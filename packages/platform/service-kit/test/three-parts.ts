// A small real service for run-service.test.ts: prints what starts and stops; FAULT chooses what goes wrong.
import { createLogger, runService, type Part } from '@spectra/service-kit';

const fault = process.env['FAULT'];
const print = (line: string) => process.stdout.write(`${line}\n`);
const keepAlive = setInterval(() => undefined, 1000);
const part = (name: string): Part => ({
  name,
  async start() {
    if (fault === `start ${name}`) throw new Error('no');
    print(`start ${name}`);
  },
  async stop() {
    print(`stop ${name}`);
    if (name === 'first') clearInterval(keepAlive);
    if (fault === `stop ${name}`) throw new Error('no');
  },
});

await runService({
  name: 'three-parts',
  logger: createLogger({ service: 'three-parts', level: 'silent' }),
  parts: ['first', 'second', 'third'].map(part),
});
print('running');
if (fault === 'later') void Promise.reject(new Error('nobody caught this'));
