import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, spawnServer } from '@spectra/local-servers';
import { afterAll, expect, it } from 'vitest';
import { KeptUnit } from './kept-unit.ts';
import { lives, type UnitState } from './platform-state.ts';
import type { Unit } from './units.ts';

const folder = mkdtempSync(join(tmpdir(), 'spectra-unit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A unit that runs a real process. */
function unitOf(script: string): Unit {
  const logFile = join(folder, 'unit.log');
  return {
    name: 'unit',
    logFile,
    start: async () =>
      spawnServer({ name: 'unit', file: process.execPath, arguments: ['-e', script], folder, logFile }),
    stopSignal: 'SIGTERM',
    stopLimitMs: 5000,
  };
}

/** A record of what a unit told; `until` waits for a state that answers the question. */
function listener() {
  const told: UnitState[] = [];
  let wake = () => {};
  const until = async (question: (state: UnitState) => boolean): Promise<UnitState> => {
    for (;;) {
      const found = told.find(question);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    told,
    until,
    tell: (state: UnitState) => {
      told.push(state);
      wake();
    },
  };
}

const forEver = 'setInterval(() => {}, 1000)';

it('a killed process is started again, and a stopped one is not', async () => {
  const { told, tell, until } = listener();
  const unit = new KeptUnit(unitOf(forEver), undefined, tell);
  await unit.start();
  const first = told.find((state) => state.process !== undefined)?.process;
  expect(lives(first)).toBe(true);
  process.kill(first?.pid ?? 0, 'SIGKILL');
  const second = (await until((state) => state.restarts === 1 && state.process !== undefined)).process;
  expect(second?.pid).not.toBe(first?.pid);
  await unit.stop();
  await unit.stop();
  expect(lives(second)).toBe(false);
  expect(told.at(-1)?.process).toBeUndefined();
});

it('a process that outlived its supervisor is adopted, watched and replaced when it ends', async () => {
  const earlier = listener();
  const left = new KeptUnit(unitOf(forEver), undefined, earlier.tell);
  await left.start();
  const survivor = earlier.told[0];
  const later = listener();
  const heir = new KeptUnit(unitOf(forEver), survivor, later.tell);
  await heir.start();
  expect(later.told[0]?.process).toEqual(survivor?.process);
  // The first supervisor is gone in earnest only now: here it must not start the process anew.
  const replaced = later.until((state) => state.restarts === 1 && state.process !== undefined);
  await left.stop();
  expect(lives((await replaced).process)).toBe(true);
  await heir.stop();
});

it('one that cannot start tells why, again and again, and can be stopped meanwhile', async () => {
  const { tell, until } = listener();
  const broken: Unit = { ...unitOf(forEver), start: () => Promise.reject(new Error('no such program')) };
  const unit = new KeptUnit(broken, undefined, tell);
  const started = unit.start();
  expect((await until((state) => state.restarts === 2)).fault).toBe('no such program');
  await unit.stop();
  await started;
});

it('a number that now belongs to another process is not taken for the old one', () => {
  expect(isAlive({ pid: process.pid, startedAt: 'at another time' })).toBe(false);
});
