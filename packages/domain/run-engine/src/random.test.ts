import { expect, test } from 'vitest';
import { derivedSeed, normalAt, uniformAt } from './random.ts';

const drawCount = 100_000;

test('worked values stay what they are, so that recorded runs can be replayed', () => {
  expect(uniformAt(1, 0, 0)).toBe(uniformAt(1, 0, 0));
  expect([
    uniformAt(1, 0, 0),
    uniformAt(1, 0, 1),
    uniformAt(1, 1, 0),
    uniformAt(2, 0, 0),
  ]).toMatchInlineSnapshot(`
    [
      0.06922765191484204,
      0.06124136252684331,
      0.6223474241404066,
      0.1364136160961148,
    ]
  `);
});

test('uniform numbers fill [0, 1) evenly', () => {
  const bins = Array.from({ length: 20 }, () => 0);
  for (let counter = 0; counter < drawCount; counter += 1) {
    const value = uniformAt(42, 7, counter);
    expect(value >= 0 && value < 1).toBe(true);
    const bin = Math.floor(value * bins.length);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  const expected = drawCount / bins.length;
  const chiSquare = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // 19 degrees of freedom: 43.8 is exceeded once in a thousand.
  expect(chiSquare).toBeLessThan(43.8);
});

test('normal numbers have mean 0, deviation 1, and no memory from one to the next', () => {
  const values = Array.from({ length: drawCount }, (_, counter) => normalAt(3, 1, counter));
  const mean = values.reduce((sum, value) => sum + value, 0) / drawCount;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawCount;
  const lagged =
    values.slice(1).reduce((sum, value, index) => sum + value * (values[index] ?? 0), 0) / drawCount;
  expect(Math.abs(mean)).toBeLessThan(0.013);
  expect(Math.abs(variance - 1)).toBeLessThan(0.02);
  expect(Math.abs(lagged)).toBeLessThan(0.013);
});

test('two streams of one seed are not alike', () => {
  const product = Array.from(
    { length: drawCount },
    (_, counter) => normalAt(3, 1, counter) * normalAt(3, 2, counter),
  );
  expect(Math.abs(product.reduce((sum, value) => sum + value, 0) / drawCount)).toBeLessThan(0.013);
});

test('wafers of one run get seeds of their own', () => {
  const seeds = Array.from({ length: 25 }, (_, index) => derivedSeed(5, index));
  expect(new Set(seeds).size).toBe(25);
  for (const seed of seeds) expect(Number.isInteger(seed) && seed >= 0 && seed <= 2_147_483_647).toBe(true);
});
