import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concentrationUncertaintyPerCm3 } from './concentration-uncertainty.ts';

const depthNm = Array.from({ length: 401 }, (_, i) => i / 5);
const exponential = depthNm.map((z) => 1e18 * Math.exp(-z / 10));
const bell = depthNm.map((z) => 1e18 * Math.exp(-(((z - 40) / 10) ** 2) / 2));

describe('the uncertainty of a concentration', () => {
  it('repeats the worked value', () => {
    const found = concentrationUncertaintyPerCm3({
      depthNm,
      concentrationPerCm3: exponential,
      relativeDose: 0.01,
      relativeRange: 0.03,
    });
    expect((found[100] ?? 0) / 8.56e15).toBeCloseTo(1, 2);
  });

  it('agrees with profiles stretched by one standard uncertainty either way', () => {
    const relativeRange = 0.001;
    const found = concentrationUncertaintyPerCm3({
      depthNm,
      concentrationPerCm3: bell,
      relativeDose: 0,
      relativeRange,
    });
    const stretched = (z: number, r: number) =>
      (1e18 * Math.exp(-(((z / (1 + r) - 40) / 10) ** 2) / 2)) / (1 + r);
    for (const i of [50, 120, 180, 260]) {
      const z = depthNm[i] ?? 0;
      const spread = Math.abs(stretched(z, relativeRange) - stretched(z, -relativeRange));
      expect((found[i] ?? 0) / spread).toBeCloseTo(1, 2);
    }
  });

  it('is that of the dose where the range is certain, and grows with either', () => {
    const share = fc.double({ min: 1e-4, max: 0.1, noNaN: true });
    fc.assert(
      fc.property(share, share, (relativeDose, relativeRange) => {
        const profile = { depthNm, concentrationPerCm3: bell };
        const alone = concentrationUncertaintyPerCm3({ ...profile, relativeDose, relativeRange: 0 });
        const both = concentrationUncertaintyPerCm3({ ...profile, relativeDose, relativeRange });
        for (const [i, concentration] of bell.entries()) {
          expect((alone[i] ?? 0) / (2 * relativeDose * concentration)).toBeCloseTo(1, 9);
          expect(both[i] ?? 0).toBeGreaterThanOrEqual(alone[i] ?? 0);
        }
      }),
      { numRuns: 50 },
    );
  });
});
