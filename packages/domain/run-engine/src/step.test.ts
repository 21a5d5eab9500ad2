import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tankProcess } from './tank-process.ts';
import { startWafer, step } from './step.ts';

const started = (levelMm: number) =>
  startWafer(tankProcess, {
    recipe: { levelMm },
    waferIndex: 0,
    readings: { levelMm: 0 },
    factors: {},
    resumed: false,
    toolTimeS: 0,
  });

describe('step', () => {
  test('a condition is raised once, when it begins, and cleared once, when it ends', () => {
    const first = step(tankProcess, started(10), { levelMm: 6 }, 0.1);
    expect(first.events.map((event) => event.kind)).toEqual(['alarm_raised']);
    const second = step(tankProcess, first.state, { levelMm: 7 }, 0.1);
    expect(second.events).toEqual([]);
    const third = step(tankProcess, second.state, { levelMm: 10 }, 0.1);
    expect(third.events.map((event) => event.kind)).toEqual(['alarm_cleared']);
    expect(third.state.phase).toBe('wafer_done');
  });

  test('an interlock trips only after its condition lasted longer than tolerated, and then overrules the controller', () => {
    let state = started(100);
    const phases: string[] = [];
    for (const levelMm of [95, 95, 80, 95, 95, 95]) {
      const result = step(tankProcess, state, { levelMm }, 0.1);
      phases.push(result.state.phase);
      state = result.state;
      if (state.phase === 'tripped') {
        expect(result.setpoints).toEqual({ valve: 0 });
        expect(result.events).toContainEqual(
          expect.objectContaining({
            kind: 'interlock_tripped',
            trip: {
              id: 'high_level',
              parameter: 'level_mm',
              message: 'level too high',
              value: 95,
              limit: 90,
            },
          }),
        );
      }
    }
    expect(phases).toEqual([...Array<string>(5).fill('processing'), 'tripped']);
  });

  test('a finished or tripped wafer takes no further step', () => {
    const done = step(tankProcess, started(10), { levelMm: 10 }, 0.1).state;
    expect(() => step(tankProcess, done, { levelMm: 10 }, 0.1)).toThrow('wafer_done');
  });

  test('progress never falls, whatever the readings do', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 89, noNaN: true }), { maxLength: 50 }), (levels) => {
        let state = started(100);
        for (const levelMm of levels) {
          const next = step(tankProcess, state, { levelMm }, 0.1).state;
          expect(next.fraction).toBeGreaterThanOrEqual(state.fraction);
          expect(next.fraction).toBeLessThanOrEqual(1);
          state = next;
        }
      }),
    );
  });

  test('its arguments are not changed', () => {
    const state = Object.freeze(started(10));
    const readings = Object.freeze({ levelMm: 3 });
    const before = JSON.stringify(state);
    step(tankProcess, state, readings, 0.1);
    expect(JSON.stringify(state)).toBe(before);
  });
});
