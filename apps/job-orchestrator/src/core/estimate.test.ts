import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimateStart, realDurationS } from './estimate.ts';

const outlook = fc.record({
  ahead: fc.integer({ min: 0, max: 200 }),
  slots: fc.integer({ min: 1, max: 8 }),
  remainingS: fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 8 }),
  typicalS: fc.double({ min: 0, max: 100, noNaN: true }),
});

describe('the start estimate', () => {
  test('never falls when one more job stands ahead, and is never negative', () => {
    fc.assert(
      fc.property(outlook, (known) => {
        const now = estimateStart(known);
        const later = estimateStart({ ...known, ahead: known.ahead + 1 });
        expect(now.startsInS).toBeGreaterThanOrEqual(0);
        expect(later.startsInS).toBeGreaterThanOrEqual(now.startsInS);
        expect(later.positionInQueue).toBe(now.positionInQueue + 1);
      }),
    );
  });

  test('one more slot never makes it later', () => {
    fc.assert(
      fc.property(outlook, (known) => {
        const more = estimateStart({ ...known, slots: known.slots + 1 });
        expect(more.startsInS).toBeLessThanOrEqual(estimateStart(known).startsInS + 1e-9);
      }),
    );
  });

  test('an empty queue with a free slot starts now, as number one', () => {
    const start = estimateStart({ ahead: 0, slots: 4, remainingS: [50], typicalS: 10 });
    expect(start).toEqual({ positionInQueue: 1, startsInS: 0 });
  });

  test('two slots, both busy, three ahead: the fourth starts after the second slot was used twice', () => {
    const start = estimateStart({ ahead: 3, slots: 2, remainingS: [5, 20], typicalS: 10 });
    // Slot A is free at 5, 15, 25; slot B at 20, 30: jobs ahead start at 5, 15, 20 and this one at 25.
    expect(start.startsInS).toBe(25);
  });
});

test('a paced run takes tool time over its scale, an unpaced one as if a thousand times faster', () => {
  expect(realDurationS(600, 100)).toBe(6);
  expect(realDurationS(600, 0)).toBeCloseTo(0.6);
});
