import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PidSettings } from './pid.ts';
import { initialPidState, stepPid } from './pid.ts';

const settings: PidSettings = {
  kp: 2,
  ki: 1,
  kd: 0.5,
  derivativeFilterS: 0.2,
  outputMin: 0,
  outputMax: 100,
  outputRatePerS: 50,
  trackingTimeS: 1,
};

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const anySettings = fc.record({
  kp: number(0, 20),
  ki: number(0, 20),
  kd: number(0, 5),
  derivativeFilterS: number(0, 2),
  outputMin: number(-100, 0),
  outputMax: number(1, 100),
  outputRatePerS: number(1, 1000),
  trackingTimeS: number(0.05, 10),
});

describe('stepPid', () => {
  it('never leaves its range nor exceeds its rate', () => {
    const inputs = fc.array(
      fc.tuple(number(-1e4, 1e4), number(-1e4, 1e4), number(-200, 200), number(0.001, 1)),
    );
    fc.assert(
      fc.property(anySettings, inputs, (pid, steps) => {
        let state = initialPidState();
        for (const [setpoint, measured, feedForward, dtS] of steps) {
          const before = JSON.stringify(state);
          const result = stepPid(pid, state, { setpoint, measured, feedForward, dtS });
          expect(JSON.stringify(state)).toBe(before);
          expect(result.output).toBeGreaterThanOrEqual(pid.outputMin);
          expect(result.output).toBeLessThanOrEqual(pid.outputMax);
          expect(Math.abs(result.output - state.output)).toBeLessThanOrEqual(pid.outputRatePerS * dtS + 1e-9);
          state = result.state;
        }
      }),
    );
  });

  it('does not wind up: however long it saturated, it leaves the limit equally soon', () => {
    const releaseAfter = (saturatedSteps: number) => {
      let state = initialPidState();
      for (let i = 0; i < saturatedSteps; i += 1) {
        state = stepPid(settings, state, { setpoint: 1000, measured: 0, feedForward: 0, dtS: 0.1 }).state;
      }
      let steps = 0;
      while (state.output >= settings.outputMax && steps < 1000) {
        state = stepPid(settings, state, { setpoint: 1000, measured: 1001, feedForward: 0, dtS: 0.1 }).state;
        steps += 1;
      }
      return steps;
    };
    expect(releaseAfter(10_000)).toBe(releaseAfter(200));
    expect(releaseAfter(10_000)).toBeLessThan(3 / 0.1);
  });

  it('takes over bumplessly and gives no kick on its first sample or on a setpoint change', () => {
    const state = initialPidState({ output: 40 });
    const first = stepPid(settings, state, { setpoint: 500, measured: 500, feedForward: 0, dtS: 0.1 });
    expect(first.output).toBe(40);
    expect(first.terms.derivative).toBe(0);
    const jump = stepPid(settings, first.state, { setpoint: 600, measured: 500, feedForward: 0, dtS: 0.1 });
    expect(jump.terms.derivative).toBe(0);
  });

  it('repeats the worked value', () => {
    const plain = { ...settings, kd: 0, outputRatePerS: Infinity };
    const result = stepPid(plain, initialPidState(), { setpoint: 10, measured: 4, feedForward: 0, dtS: 0.1 });
    expect(result.output).toBe(12);
    expect(result.state.integral).toBeCloseTo(0.6, 12);
  });

  it('adds feed-forward to the three terms', () => {
    const wide = { ...settings, outputRatePerS: Infinity };
    const { output, terms } = stepPid(wide, initialPidState(), {
      setpoint: 5,
      measured: 0,
      feedForward: 30,
      dtS: 0.1,
    });
    expect(output).toBe(terms.proportional + terms.integral + terms.derivative + 30);
  });

  it('refuses a step without duration', () => {
    const input = { setpoint: 0, measured: 0, feedForward: 0, dtS: 0 };
    expect(() => stepPid(settings, initialPidState(), input)).toThrow(/dtS is 0/);
  });
});
