import { expect, test } from 'vitest';
import { tankProcess } from './tank-process.ts';
import { simulateRun } from './simulate-run.ts';

const wafers = [
  { wafer_id: 'A', slot: 1 },
  { wafer_id: 'B', slot: 2 },
];

test('a run processes every wafer and its finish steps build on one another', () => {
  const run = simulateRun(tankProcess, { recipe: { levelMm: 33 }, wafers, seed: 1 });
  expect(run.status).toBe('completed');
  expect(run.results).toHaveLength(2);
  expect(run.outcome.metrics['level_mm']).toBeCloseTo(33, 9);
  expect(run.outcome.virtualMetrology['twice']).toBeCloseTo(66, 9);
});

test('the same recipe and seed give the same telemetry, bit for bit', () => {
  const request = { recipe: { levelMm: 47.3 }, wafers, seed: 99 };
  expect(JSON.stringify(simulateRun(tankProcess, request))).toBe(
    JSON.stringify(simulateRun(tankProcess, request)),
  );
});

test('tool time goes on from wafer to wafer in even steps', () => {
  const { timeS, waferIndex } = simulateRun(tankProcess, {
    recipe: { levelMm: 20 },
    wafers,
    seed: 1,
  }).telemetry;
  timeS.forEach((time, index) => expect(time).toBeCloseTo(index * 0.1, 9));
  expect(new Set(waferIndex)).toEqual(new Set([0, 1]));
});

test('an interlock ends the run before its finish steps', () => {
  const run = simulateRun(tankProcess, { recipe: { levelMm: 100 }, wafers, seed: 1 });
  expect(run.status).toBe('tripped');
  expect(run.results).toEqual([]);
  expect(run.outcome.metrics).toEqual({});
});

test('a wafer that never ends is refused after the limit', () => {
  const simulator = { noise_scale: 1, faults: [{ kind: 'leak', at_s: 0, magnitude: 10 }] };
  const request = { recipe: { levelMm: 50 }, wafers, seed: 1, simulator, toolTimeSMax: 20 };
  expect(() => simulateRun(tankProcess, request)).toThrow('20 s');
});
