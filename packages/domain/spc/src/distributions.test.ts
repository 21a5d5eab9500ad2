import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaussLegendre } from './gauss-legendre.ts';
import { normalCumulative, normalQuantile } from './normal-distribution.ts';
import { chiSquareQuantile, fQuantile, incompleteBeta, logGamma, tQuantile } from './special-functions.ts';

describe('distributions', () => {
  it('repeat their worked values', () => {
    expect(normalCumulative(1.96)).toBeCloseTo(0.9750021048517795, 14);
    expect(normalCumulative(-6) / 9.865876450377018e-10).toBeCloseTo(1, 10);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13);
    expect(chiSquareQuantile(0.95, 10)).toBeCloseTo(18.30703805327515, 9);
    expect(tQuantile(0.975, 10)).toBeCloseTo(2.2281388519649385, 9);
    expect(fQuantile(0.95, 5, 10)).toBeCloseTo(3.325834530413011, 9);
  });

  it('keep their symmetries', () => {
    fc.assert(
      fc.property(fc.double({ min: -8, max: 8, noNaN: true }), (x) => {
        expect(normalCumulative(x) + normalCumulative(-x)).toBeCloseTo(1, 14);
      }),
    );
    const shape = fc.double({ min: 0.2, max: 40, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), shape, shape, (x, a, b) => {
        expect(incompleteBeta(x, a, b) + incompleteBeta(1 - x, b, a)).toBeCloseTo(1, 11);
      }),
    );
  });

  it('integrate polynomials exactly', () => {
    const rule = gaussLegendre(5, 0, 2);
    const integral = rule.nodes.reduce((sum, x, i) => sum + rule.weights[i]! * x ** 9, 0);
    expect(integral).toBeCloseTo(2 ** 10 / 10, 10);
  });
});
