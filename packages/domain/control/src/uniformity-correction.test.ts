import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { doseUniformityPct } from './scan-settings.ts';
import { uniformityCorrection } from './uniformity-correction.ts';

const tool = fc.array(fc.double({ min: 0.95, max: 1.05, noNaN: true }), { minLength: 8, maxLength: 64 });

describe('uniformityCorrection', () => {
  it('makes any multiplicative tool error vanish over repeated maps', () => {
    fc.assert(
      fc.property(tool, fc.double({ min: 0.5, max: 1, noNaN: true }), (errors, gain) => {
        let weights = errors.map(() => 1);
        for (let map = 0; map < 40; map += 1) {
          const doseMap = errors.map((error, i) => 1e15 * error * weights[i]!);
          weights = uniformityCorrection({ doseMap, weights, gain, weightSpanMax: 0.2 });
        }
        expect(doseUniformityPct(errors.map((error, i) => error * weights[i]!))).toBeLessThan(1e-6);
      }),
    );
  });

  it('keeps the mean weight at 1, so the total dose is unchanged', () => {
    fc.assert(
      fc.property(tool, (doseMap) => {
        const weights = uniformityCorrection({ doseMap, gain: 1, weightSpanMax: 0.01 });
        expect(weights.reduce((sum, weight) => sum + weight, 0) / weights.length).toBeCloseTo(1, 12);
      }),
    );
  });

  it('repeats the worked value and refuses an empty dose', () => {
    const [first, second] = uniformityCorrection({ doseMap: [1.02, 0.98], gain: 1, weightSpanMax: 0.1 });
    expect(first).toBeCloseTo(0.98, 12);
    expect(second).toBeCloseTo(1.02, 12);
    expect(() => uniformityCorrection({ doseMap: [0, 0], gain: 1, weightSpanMax: 0.1 })).toThrow(
      /doseMap has the mean 0/,
    );
  });
});
