import { assert, integer, property, uniqueArray } from 'fast-check';
import { expect, test } from 'vitest';
import { dividedWafers } from './lot-run.ts';

test('wafers are divided into parts of nearly the same size, each wafer once, in the order of their slots', () => {
  assert(
    property(
      uniqueArray(integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 25 }),
      integer({ min: 1, max: 25 }),
      (slots, wanted) => {
        const parts = Math.min(wanted, slots.length);
        const wafers = slots.map((slot) => ({ wafer_id: `W${slot}`, slot }));
        const divided = dividedWafers(wafers, parts);
        expect(divided).toHaveLength(parts);
        expect(divided.flat().map((wafer) => wafer.slot)).toEqual(slots.toSorted((a, b) => a - b));
        const sizes = divided.map((part) => part.length);
        expect(Math.min(...sizes)).toBeGreaterThan(0);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      },
    ),
  );
});
