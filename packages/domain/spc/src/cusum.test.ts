import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialCusumState, stepCusum } from './cusum.ts';
import { initialEwmaState, stepEwmaChart } from './ewma-chart.ts';

const settings = { target: 10, sigma: 1, allowanceSigma: 0.5, decisionSigma: 5 };

describe('stepCusum', () => {
  it('keeps sums at zero or above and stays silent within the allowance', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 9.5, max: 10.5, noNaN: true }), { maxLength: 200 }), (values) => {
        let state = initialCusumState();
        for (const value of values) {
          const step = stepCusum(settings, state, value);
          state = step.state;
          expect(state.upper).toBeGreaterThanOrEqual(0);
          expect(step.alarm).toBe('none');
        }
      }),
    );
  });

  it('finds a lasting shift of d sigma within ceil(h/(d − k)) + 1 samples, and its size', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.75, max: 4, noNaN: true }), fc.constantFrom(-1, 1), (shift, side) => {
        let state = initialCusumState();
        const within = Math.ceil(5 / (shift - 0.5)) + 1;
        for (let i = 1; i <= within; i += 1) {
          const step = stepCusum(settings, state, 10 + side * shift);
          state = step.state;
          if (step.alarm !== 'none') {
            expect(step.alarm).toBe(side > 0 ? 'high' : 'low');
            expect(step.estimatedMean).toBeCloseTo(10 + side * shift, 9);
            return;
          }
        }
        expect.unreachable('no alarm came');
      }),
    );
  });

  it('repeats the worked value and survives storage as plain data', () => {
    const { state } = stepCusum(settings, initialCusumState(), 12);
    expect(state).toMatchObject({ upper: 1.5, lower: 0 });
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });
});

describe('stepEwmaChart', () => {
  it('repeats the worked value', () => {
    const ewma = { target: 50, sigma: 2.0539, weight: 0.3, widthSigma: 3 };
    expect(stepEwmaChart(ewma, initialEwmaState(ewma), 52)).toMatchObject({ ewma: 50.6, alarm: 'none' });
  });

  it('alarms on the side of a large shift', () => {
    const ewma = { target: 0, sigma: 1, weight: 0.2, widthSigma: 3 };
    let state = initialEwmaState(ewma);
    const alarms = Array.from({ length: 10 }, () => {
      const step = stepEwmaChart(ewma, state, -3);
      state = step.state;
      return step.alarm;
    });
    expect(alarms.at(-1)).toBe('low');
  });
});
