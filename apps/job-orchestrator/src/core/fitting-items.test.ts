import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fittingItems } from './fitting-items.ts';

test('an answer carries the first items that fit a message, and one at least', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(sizes, (lengths) => {
      const items = lengths.map((length) => 'é'.repeat(length));
      const fitting = fittingItems(items);
      expect(fitting).toEqual(items.slice(0, fitting.length));
      expect(fitting.length).toBeGreaterThanOrEqual(1);
      const bytes = (count: number) => Buffer.byteLength(JSON.stringify(items.slice(0, count)));
      if (fitting.length > 1) expect(bytes(fitting.length)).toBeLessThan(1_000_000);
      if (fitting.length < items.length) expect(bytes(fitting.length + 1)).toBeGreaterThan(900_000);
    }),
    { numRuns: 40 },
  );
});
