import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNumbers } from '../test/read-table.ts';
import { cusumRunLength, cusumRunLengthOneSided, designCusumDecision } from './cusum-run-length.ts';
import { designEwmaWidth, ewmaRunLength, ewmaRunLengthExactLimits } from './ewma-run-length.ts';

const relative = (value: number, reference: number) => Math.abs(value / reference - 1);

describe('cusumRunLength', () => {
  it.each(readNumbers('cusum_arl.csv'))(
    'agrees with the table: k %f, h %f, shift %f',
    (k, h, shift, ...row) => {
      const [two, one, fast] = row;
      const design = { allowanceSigma: k, decisionSigma: h };
      expect(relative(cusumRunLength(design, shift), two!)).toBeLessThan(1e-9);
      expect(relative(cusumRunLengthOneSided(design, shift), one!)).toBeLessThan(1e-9);
      expect(relative(cusumRunLength({ ...design, headStartSigma: h / 2 }, shift), fast!)).toBeLessThan(1e-9);
    },
  );

  it('is designed back from its run length', () => {
    const decisions = fc.double({ min: 2, max: 8, noNaN: true });
    fc.assert(
      fc.property(
        decisions,
        fc.double({ min: 0.2, max: 1, noNaN: true }),
        (decisionSigma, allowanceSigma) => {
          const runLength = cusumRunLength({ allowanceSigma, decisionSigma }, 0);
          if (runLength > 1e5) return;
          expect(designCusumDecision(allowanceSigma, runLength)).toBeCloseTo(decisionSigma, 5);
        },
      ),
      { numRuns: 10 },
    );
  });
});

describe('ewmaRunLength', () => {
  it.each(readNumbers('ewma_arl.csv'))(
    'agrees with the table: weight %f, width %f, shift %f',
    (weight, width, ...row) => {
      const design = { weight: weight, widthSigma: width };
      const [shift, asymptotic, exact] = row;
      expect(relative(ewmaRunLength(design, shift!), asymptotic!)).toBeLessThan(1e-9);
      expect(relative(ewmaRunLengthExactLimits(design, shift!), exact!)).toBeLessThan(1e-6);
    },
  );

  it('is designed back from its run length', () => {
    expect(designEwmaWidth(0.2, ewmaRunLength({ weight: 0.2, widthSigma: 2.962 }, 0))).toBeCloseTo(2.962, 6);
  });

  it('is a Shewhart chart at weight 1', () => {
    expect(ewmaRunLength({ weight: 1, widthSigma: 3 }, 0)).toBeCloseTo(370.398347, 5);
  });
});
