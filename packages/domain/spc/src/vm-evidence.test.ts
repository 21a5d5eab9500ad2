import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitVmCorrection } from './virtual-metrology.ts';
import { judgeCorrection } from './vm-evidence.ts';
import { checkPrediction, initialVmWatch } from './vm-watch.ts';
import type { CheckedWafer } from './vm-watch.ts';

/** Normal numbers by chance, the same each time. */
function chance(seed: number): () => number {
  let value = seed >>> 0;
  const uniform = () => {
    value = (value + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(value ^ (value >>> 15), 1 | value);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

const alternating = (size: number, count: number) =>
  Array.from({ length: count }, (_, i) => (i % 2 === 0 ? size : -size));

describe('judgeCorrection', () => {
  it('repeats the worked value', () => {
    const evidence = judgeCorrection({ physics: alternating(2, 16), corrected: alternating(1, 16) });
    expect(evidence).toMatchObject({ physicsRmse: 2, correctedRmse: 1, proven: true, tenable: true });
  });

  it('proves nothing by few wafers, by a small gain, or by the gain on one wafer alone', () => {
    expect(judgeCorrection({ physics: alternating(2, 11), corrected: alternating(1, 11) }).proven).toBe(
      false,
    );
    expect(judgeCorrection({ physics: alternating(2, 40), corrected: alternating(1.8, 40) })).toMatchObject({
      proven: false,
      tenable: true,
    });
    const lucky = [10, ...alternating(1, 29)];
    expect(judgeCorrection({ physics: lucky, corrected: alternating(1, 30) }).proven).toBe(false);
  });

  it('never proves what is worse', () => {
    const errors = fc.array(fc.double({ min: 0.01, max: 10, noNaN: true }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(errors, fc.double({ min: 1, max: 3, noNaN: true }), (physics, factor) => {
        const corrected = physics.map((error) => error * factor * 1.0001);
        expect(judgeCorrection({ physics, corrected })).toMatchObject({ proven: false, tenable: false });
      }),
    );
  });

  it('keeps corrections in shadow where there is nothing to learn: at most 2 of 400 get out', () => {
    let out = 0;
    for (let seed = 1; seed <= 400; seed += 1) {
      const normal = chance(seed);
      const wafers = Array.from({ length: 30 }, () => {
        const physics = 80 + 3 * normal();
        return { features: [normal(), normal(), normal(), normal()], physics, measured: physics + normal() };
      });
      const fit = fitVmCorrection(wafers);
      if (fit.ok && judgeCorrection(fit.heldBack).proven) out += 1;
    }
    expect(out).toBeLessThanOrEqual(2);
  });
});

describe('checkPrediction', () => {
  const wafer = (z: number, physicsError = 3): CheckedWafer => ({
    measured: 80 + z,
    physics: 80 + z - physicsError,
    corrected: 80,
    sigma: 1,
  });

  it('repeats the worked value: a shift of two sigma is drift at the fourth wafer', () => {
    let watch = initialVmWatch;
    const verdicts = Array.from({ length: 4 }, () => {
      const step = checkPrediction(watch, wafer(2));
      watch = step.watch;
      return step.verdict;
    });
    expect(verdicts.map(({ kind }) => kind)).toEqual(['good', 'good', 'good', 'drift']);
    expect(verdicts[3]).toMatchObject({ since: 4 });
  });

  it('lets a good correction be, for hundreds of wafers', () => {
    const normal = chance(8);
    let watch = initialVmWatch;
    for (let i = 0; i < 300; i += 1) {
      const step = checkPrediction(watch, wafer(0.8 * normal()));
      watch = step.watch;
      expect(step.verdict.kind).toBe('good');
    }
  });

  it('sends back a correction that is worse than physics alone', () => {
    let watch = initialVmWatch;
    let last = 'good';
    for (let i = 0; i < 10; i += 1) {
      const step = checkPrediction(watch, wafer(i % 2 === 0 ? 0.9 : -0.9, 0.1));
      watch = step.watch;
      last = step.verdict.kind;
    }
    expect(last).toBe('worse_than_physics');
  });

  it('is plain data', () => {
    const { watch } = checkPrediction(initialVmWatch, wafer(1));
    expect(JSON.parse(JSON.stringify(watch))).toEqual(watch);
  });
});
