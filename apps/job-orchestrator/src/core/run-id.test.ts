import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runId, runIdForm } from './run-id.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('every run id has the stated form and carries its process and day', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('ion', 'rtp', 'etch'),
      fc.date({ min: new Date(0), max: new Date('2199-12-31'), noInvalidDate: true }),
      chance,
      (process, day, drawn) => {
        const id = runId(process, day.getTime(), drawn);
        expect(id).toMatch(runIdForm);
        expect(id.startsWith(`${process.toUpperCase()}-${day.toISOString().slice(0, 4)}`)).toBe(true);
      },
    ),
  );
});

test('the two ends of chance give the two ends of the number range', () => {
  const at = Date.parse('2026-01-22T23:59:59Z');
  expect(runId('ion', at, 0)).toBe('ION-20260122-00000000');
  expect(runId('rtp', at, 1 - 2 ** -53)).toBe('RTP-20260122-FFFFFFFF');
});

test('chance outside [0, 1) is refused', () => {
  expect(() => runId('ion', 0, 1)).toThrow(RangeError);
  expect(() => runId('ion', 0, Number.NaN)).toThrow(RangeError);
});
