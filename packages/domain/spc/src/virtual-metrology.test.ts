import { describe, expect, it } from 'vitest';
import type { MeasuredWafer } from './virtual-metrology.ts';
import { fitVmCorrection, predictVm } from './virtual-metrology.ts';
import { judgeCorrection } from './vm-evidence.ts';

function createRandom(seed: number) {
  let value = seed >>> 0;
  const uniform = () => {
    value = (value + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(value ^ (value >>> 15), 1 | value);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Wafers of a tool with a hidden offset and a hidden dependence on one of three features. */
function makeWafers(count: number, seed: number): MeasuredWafer[] {
  const normal = createRandom(seed);
  return Array.from({ length: count }, () => {
    const features = [normal(), 5 + 2 * normal(), 100 + normal()];
    const physics = 80 + 5 * normal();
    return { features, physics, measured: physics + 4 + 1.5 * features[0]! + normal() };
  });
}

function learn(wafers: readonly MeasuredWafer[]) {
  const fit = fitVmCorrection(wafers);
  if (!fit.ok) throw new Error(fit.reason);
  return fit;
}

const rootMeanSquare = (errors: readonly number[]) =>
  Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);

describe('virtual metrology', () => {
  it('cuts the error of physics by 40 % or more on held-back wafers after 30 measured ones', () => {
    const { value } = learn(makeWafers(30, 1));
    const held = makeWafers(500, 2);
    const corrected = rootMeanSquare(
      held.map((wafer) => predictVm(value, wafer, 0.9).value - wafer.measured),
    );
    const alone = rootMeanSquare(held.map((wafer) => wafer.physics - wafer.measured));
    expect(corrected).toBeLessThan(0.6 * alone);
  });

  it('covers 85 to 95 % of held-back wafers with its 90 % interval', () => {
    let covered = 0;
    let total = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      const { value } = learn(makeWafers(30, seed));
      for (const wafer of makeWafers(100, seed + 1000)) {
        const { low, high } = predictVm(value, wafer, 0.9);
        total += 1;
        if (wafer.measured >= low && wafer.measured <= high) covered += 1;
      }
    }
    expect(covered / total).toBeGreaterThan(0.85);
    expect(covered / total).toBeLessThan(0.95);
  });

  it('admits that it is not better where physics is right', () => {
    const normal = createRandom(5);
    const wafers = Array.from({ length: 400 }, () => {
      const physics = 80 + normal();
      return { features: [normal(), normal()], physics, measured: physics + 0.001 * normal() };
    });
    const { value } = learn(wafers);
    expect(value.crossValidatedRmse).toBeGreaterThan(0.99 * value.physicsRmse);
  });

  it('gives the errors on wafers left out, of which a real gain is proven', () => {
    const { value, heldBack } = learn(makeWafers(30, 1));
    const evidence = judgeCorrection(heldBack);
    expect(evidence.correctedRmse).toBeCloseTo(value.crossValidatedRmse, 12);
    expect(evidence.physicsRmse).toBeCloseTo(value.physicsRmse, 12);
    expect(evidence.proven).toBe(true);
  });

  it('finds a plain offset, and does not choke on a feature that never varies', () => {
    const wafers = Array.from({ length: 10 }, (_, i) => ({
      features: [i, 7],
      physics: 50 + i,
      measured: 53 + i,
    }));
    const { value } = learn(wafers);
    expect(value.intercept).toBeCloseTo(3, 12);
    expect(predictVm(value, { features: [4, 8], physics: 60 }, 0.9).value).toBeCloseTo(63, 9);
  });

  it('is plain data and refuses to learn from too few wafers', () => {
    const { value } = learn(makeWafers(12, 3));
    expect(JSON.parse(JSON.stringify(value))).toEqual(value);
    expect(fitVmCorrection(makeWafers(4, 3))).toEqual({ ok: false, reason: 'too_few_wafers', needed: 2 });
  });
});
