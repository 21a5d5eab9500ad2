import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adviseMpc } from './advise-mpc.ts';
import { advisePid } from './advise-pid.ts';
import { fitProcess } from './fit-process.ts';
import type { ProcessModel } from './process-model.ts';
import { initialProcessState, stepProcess } from './process-model.ts';
import type { LoopTest } from './simulate-loop.ts';

const model: ProcessModel = { gain: 900, timeConstantS: 3, deadTimeS: 0.3 };
const test: LoopTest = { size: 400, rampPerS: 100, dtS: 0.1, durationS: 40, outputMin: 0, outputMax: 1 };

function record(process: ProcessModel, dtS: number, inputs: readonly number[]): number[] {
  let state = initialProcessState(process, dtS, inputs[0]);
  return inputs.map((input) => {
    const { output } = state;
    state = stepProcess(process, state, input, dtS);
    return output;
  });
}

describe('fitProcess', () => {
  it('gives back the model that made a record', () => {
    const models = fc.record({
      gain: fc.double({ min: 0.5, max: 500, noNaN: true }),
      timeConstantS: fc.double({ min: 1, max: 10, noNaN: true }),
      deadTimeS: fc.double({ min: 0.2, max: 3, noNaN: true }),
    });
    fc.assert(
      fc.property(models, (process) => {
        const inputs = Array.from({ length: 400 }, (_, i) =>
          i < 20 ? 0 : i < 180 ? 1 : i < 260 ? 0.3 : 0.7,
        );
        const fit = fitProcess({
          dtS: 0.1,
          inputs,
          outputs: record(process, 0.1, inputs).map((y) => y + 25),
        });
        if (!fit.ok) throw new Error(fit.reason);
        expect(fit.fitPct).toBeGreaterThan(99);
        expect(fit.model.gain / process.gain).toBeCloseTo(1, 2);
        expect(fit.model.timeConstantS / process.timeConstantS).toBeCloseTo(1, 1);
        expect(Math.abs(fit.model.deadTimeS - process.deadTimeS)).toBeLessThan(0.05);
      }),
      { numRuns: 8 },
    );
  });

  it('is not misled by noise', () => {
    const inputs = Array.from({ length: 500 }, (_, i) => (Math.floor(i / 60) % 2 === 0 ? 0.2 : 0.8));
    const outputs = record(model, 0.1, inputs).map(
      (value, i) => value + 10 * Math.sin(1e4 * Math.sin(i + 1)),
    );
    const fit = fitProcess({ dtS: 0.1, inputs, outputs });
    if (!fit.ok) throw new Error(fit.reason);
    expect(Math.abs(fit.model.gain / 900 - 1)).toBeLessThan(0.03);
    expect(Math.abs(fit.model.timeConstantS / 3 - 1)).toBeLessThan(0.06);
    expect(Math.abs(fit.model.deadTimeS - 0.3)).toBeLessThan(0.1);
  });

  it('refuses what holds no information', () => {
    const flat = Array.from({ length: 50 }, () => 1);
    expect(fitProcess({ dtS: 0.1, inputs: flat, outputs: flat })).toMatchObject({
      reason: 'input_does_not_move',
    });
    expect(fitProcess({ dtS: 0.1, inputs: [0, 1], outputs: [0, 1] })).toMatchObject({ reason: 'too_short' });
    const moving = flat.map((_, i) => i % 2);
    expect(fitProcess({ dtS: 0.1, inputs: moving, outputs: flat })).toMatchObject({
      reason: 'output_does_not_follow',
    });
  });
});

describe('advisePid', () => {
  it.each(['minimize_overshoot', 'minimize_ramp_error', 'minimize_settling_time'] as const)(
    'is best among the robust rules for %s',
    (target) => {
      const advice = advisePid({ model, target, test, outputRatePerS: 5 });
      expect(advice.sensitivity).toBeLessThanOrEqual(2);
      expect(advice.performance.settlingTimeS).not.toBeNull();
      expect(advice.gains.ki).toBeCloseTo(advice.tuning.gain / advice.tuning.integralTimeS, 12);
      const robust = advice.alternatives.filter(
        (entry) => entry.sensitivity <= 2 && entry.performance.settlingTimeS !== null,
      );
      for (const { performance } of robust) {
        if (target === 'minimize_overshoot') {
          expect(advice.performance.overshootPct).toBeLessThanOrEqual(performance.overshootPct + 1e-2);
        }
        if (target === 'minimize_settling_time') {
          expect(advice.performance.settlingTimeS!).toBeLessThanOrEqual(performance.settlingTimeS! * 1.002);
        }
      }
    },
  );

  it('tells how much better it is than the present tuning', () => {
    const present = { gain: 0.0003, integralTimeS: 30, derivativeTimeS: 0 };
    const advice = advisePid({ model, target: 'minimize_ramp_error', test, outputRatePerS: 5, present });
    expect(advice.improvementPct).toBeGreaterThan(30);
    expect(advice.present?.tuning).toEqual(present);
  });
});

describe('adviseMpc', () => {
  it('gives weights whose loop follows the ramp without offset and hardly overshoots', () => {
    const advice = adviseMpc({
      model,
      zones: 4,
      target: 'minimize_overshoot',
      test,
      outputRatePerS: 5,
      horizon: 20,
    });
    expect(advice.Q).toHaveLength(4);
    expect(advice.Q[0]![0]).toBeCloseTo(1 / 16, 12);
    expect(advice.Q[0]![1]).toBe(0);
    expect(advice.performance.overshootPct).toBeLessThan(0.5);
    expect(Math.abs(advice.performance.steadyStateError)).toBeLessThan(0.5);
    expect(advice.performance.settlingTimeS).not.toBeNull();
  });
});
