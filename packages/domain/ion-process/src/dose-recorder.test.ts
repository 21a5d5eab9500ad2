import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addStroke, columnProfile, depositStrips } from './dose-recorder.ts';

const at = fc.double({ min: 0, max: 380, noNaN: true });
const part = fc.double({ min: 1, max: 120, noNaN: true });
const EMPTY = Array.from({ length: 38 }, () => 0);

describe('the dose recorder', () => {
  it('keeps every ion, wherever the beam moves', () => {
    fc.assert(
      fc.property(at, at, (fromMm, toMm) => {
        const fallen = depositStrips(EMPTY, { strokeMm: 380, fromMm, toMm, dosePerCm2: 1e13 });
        const inside = fallen.strips.reduce((sum, dose) => sum + dose, 0) / EMPTY.length;
        expect((inside + fallen.beyondPerCm2) / 1e13).toBeCloseTo(1, 6);
        expect(Math.min(...fallen.strips)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('gives a standing beam its Gaussian share of the strip it stands on', () => {
    const fallen = depositStrips(EMPTY, { strokeMm: 380, fromMm: 185, toMm: 185, dosePerCm2: 1 });
    expect((fallen.strips[18] ?? 0) / EMPTY.length).toBeCloseTo(0.3829, 2);
  });

  it('adds a way in one piece and in two to the same dose', () => {
    fc.assert(
      fc.property(part, part, part, (a, b, c) => {
        const [low, middle, high] = [a, a + b, a + b + c];
        const whole = depositStrips(EMPTY, {
          strokeMm: 380,
          fromMm: low,
          toMm: high,
          dosePerCm2: high - low,
        });
        const first = depositStrips(EMPTY, {
          strokeMm: 380,
          fromMm: low,
          toMm: middle,
          dosePerCm2: middle - low,
        });
        const both = depositStrips(first.strips, {
          strokeMm: 380,
          fromMm: middle,
          toMm: high,
          dosePerCm2: high - middle,
        });
        both.strips.forEach((dose, strip) => expect(dose).toBeCloseTo(whole.strips[strip] ?? NaN, 3));
      }),
    );
  });

  it('spreads a stroke over the columns without changing its mean', () => {
    const profile = columnProfile([1.1, 1, 0.9], [0.9, 1, 1.3]);
    const map = addStroke([[0, 0, 0]], [5], profile);
    expect((map[0] ?? []).reduce((sum, dose) => sum + dose, 0) / 3).toBeCloseTo(5, 12);
  });
});
