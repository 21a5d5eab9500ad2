import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectFault, LEARNT_WAFERS_MIN, learnDetection } from './detection.ts';

/** Normal values from a seed, by sums of twelve uniform ones (Park & Miller's generator). */
function normals(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  const uniform = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return () => Array.from({ length: 12 }, uniform).reduce((sum, value) => sum + value, -6);
}

/** Four channels that follow one cause, and one that does not vary. */
function wafers(count: number, seed: number): Record<string, number>[] {
  const next = normals(seed);
  return Array.from({ length: count }, () => {
    const cause = next();
    const channel = (gain: number) => 100 + gain * cause + 0.2 * next();
    return { a: channel(1), b: channel(2), c: channel(-1), d: channel(1.5), still: 7 };
  });
}

describe('detection across channels', () => {
  const model = learnDetection(wafers(40, 1));

  it('sees a broken bond between channels that each stay within two sigma', () => {
    const fault = { a: 101.5, b: 97.5, c: 98.5, d: 102, still: 7 };
    model.features.forEach((feature, i) => {
      const z = ((fault as Record<string, number>)[feature]! - model.pca.mean[i]!) / model.pca.scale[i]!;
      expect(Math.abs(z), feature).toBeLessThan(2);
    });
    const found = detectFault(model, fault);
    expect(found).toMatchObject({ faulty: true });
    expect(found?.contributions[0]?.feature).toBe('b');
  });

  it('leaves good wafers alone that it did not learn from, model after model', () => {
    let faulty = 0;
    for (let seed = 10; seed < 40; seed += 1) {
      const each = learnDetection(wafers(30, seed));
      faulty += wafers(40, seed + 1000).filter((wafer) => detectFault(each, wafer)?.faulty === true).length;
    }
    // 1200 wafers at 99.9 %: one or two; small models are allowed some more.
    expect(faulty).toBeLessThan(12);
  });

  it('says nothing of a wafer that lacks a channel, and does not miss one that never varied', () => {
    expect(model.features).toEqual(['a', 'b', 'c', 'd']);
    expect(detectFault(model, { a: 1, b: 2, c: 3 })).toBeNull();
    expect(detectFault(model, { a: 100, b: 100, c: 100, d: 100 })).toMatchObject({ faulty: false });
  });

  it('gives shares that sum to one and does not depend on units', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: -3, max: 3 }), (seed, power) => {
        const scale = 10 ** power;
        const scaled = (list: Record<string, number>[]) =>
          list.map((wafer) => ({ ...wafer, b: (wafer['b'] ?? 0) * scale }));
        const sample = wafers(1, seed + 1);
        const plain = detectFault(learnDetection(wafers(30, seed)), sample[0]!);
        const other = detectFault(learnDetection(scaled(wafers(30, seed))), scaled(sample)[0]!);
        expect(plain?.contributions.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
        expect(other?.spe).toBeCloseTo(plain?.spe ?? NaN, 6);
        expect(other?.faulty).toBe(plain?.faulty);
      }),
      { numRuns: 25 },
    );
  });

  it('refuses to learn from too few wafers, or where nothing varies', () => {
    expect(() => learnDetection(wafers(LEARNT_WAFERS_MIN - 1, 1))).toThrow(/24 entries; 25 are needed/);
    expect(() => learnDetection(wafers(30, 1).map(() => ({ a: 1, b: 2 })))).toThrow(/fewer than two/);
  });
});
