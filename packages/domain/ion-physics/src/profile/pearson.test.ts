import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pchip } from './pchip.ts';
import { pearsonLogDensity } from './pearson.ts';

function measured(skewness: number, kurtosis: number): { skewness: number; kurtosis: number } {
  const log = pearsonLogDensity({ meanNm: 0, sigmaNm: 1, skewness, kurtosis });
  const sums = [0, 0, 0, 0, 0];
  for (let y = -40; y <= 40; y += 0.01) {
    const weight = Math.exp(log(y) - log(0));
    for (let k = 0; k < 5; k += 1) sums[k] = (sums[k] as number) + weight * y ** k;
  }
  const [m0 = 0, m1 = 0, m2 = 0, m3 = 0, m4 = 0] = sums;
  expect(m1 / m0).toBeCloseTo(0, 2);
  expect(m2 / m0).toBeCloseTo(1, 2);
  return { skewness: m3 / m0, kurtosis: m4 / m0 };
}

describe('pearsonLogDensity', () => {
  it.each([
    [0, 3],
    [0.6, 3.4],
    [-1.4, 6],
    [0.3, 2.6],
    [-0.28, 2.67],
    [0.7, 3.735],
    [0, 2.5],
  ])('has the moments it was asked for: skewness %d, kurtosis %d', (skewness, kurtosis) => {
    const got = measured(skewness, kurtosis);
    expect(got.skewness).toBeCloseTo(skewness, 1);
    expect(got.kurtosis).toBeCloseTo(kurtosis, 1);
  });

  it('is the Gaussian for skewness 0 and kurtosis 3', () => {
    const log = pearsonLogDensity({ meanNm: 10, sigmaNm: 2, skewness: 0, kurtosis: 3 });
    expect(log(12) - log(10)).toBeCloseTo(-0.5, 9);
  });

  it('has one hump: it never grows away from the mean beyond four deviations', () => {
    const shape = fc.tuple(
      fc.double({ min: -1.5, max: 1.5, noNaN: true }),
      fc.double({ min: 1.25, max: 6, noNaN: true }),
    );
    fc.assert(
      fc.property(shape, ([skewness, extra]) => {
        const log = pearsonLogDensity({
          meanNm: 0,
          sigmaNm: 1,
          skewness,
          kurtosis: 1 + skewness * skewness + extra,
        });
        for (const side of [-1, 1]) {
          for (let y = 4; y < 12; y += 0.25)
            expect(log(side * (y + 0.25))).toBeLessThanOrEqual(log(side * y));
        }
      }),
    );
  });

  it('refuses moments that no distribution has', () => {
    expect(() => pearsonLogDensity({ meanNm: 0, sigmaNm: 1, skewness: 1, kurtosis: 2 })).toThrow(
      /kurtosis is 2/,
    );
  });
});

describe('pchip', () => {
  it('meets its points and stays between neighbours', () => {
    const x = [0, 1, 2, 5, 9];
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 5, maxLength: 5 }),
        (y) => {
          x.forEach((at, i) => {
            expect(pchip(x, y, at)).toBeCloseTo(y[i] as number, 9);
          });
          for (let i = 0; i < 4; i += 1) {
            const value = pchip(x, y, (x[i] as number) * 0.4 + (x[i + 1] as number) * 0.6);
            expect(value).toBeGreaterThanOrEqual(Math.min(y[i] as number, y[i + 1] as number) - 1e-9);
            expect(value).toBeLessThanOrEqual(Math.max(y[i] as number, y[i + 1] as number) + 1e-9);
          }
        },
      ),
    );
  });
});
