import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinColumns, type Columns } from './columns.ts';
import { binColumns, decimateColumns } from './decimate.ts';

const columns: fc.Arbitrary<Columns> = fc
  .array(fc.tuple(fc.option(fc.double({ noNaN: true, min: -1e6, max: 1e6 })), fc.option(fc.integer())), {
    maxLength: 200,
  })
  .map((rows) => ({
    time_s: rows.map((_, index) => index / 10),
    channels: { a: rows.map(([a]) => a), b: rows.map(([, b]) => b) },
  }));
const bins = fc.integer({ min: 1, max: 50 });

const measured = (values: readonly (number | null)[] | undefined) =>
  (values ?? []).filter((value) => value !== null);

describe('decimateColumns', () => {
  it('keeps the extremes of every channel, rising time, and at most two samples a bin', () => {
    fc.assert(
      fc.property(columns, bins, (samples, count) => {
        const thin = decimateColumns(samples, count);
        for (const name of ['a', 'b']) {
          const before = measured(samples.channels[name]);
          const after = measured(thin.channels[name]);
          expect(Math.max(...after)).toBe(Math.max(...before));
          expect(Math.min(...after)).toBe(Math.min(...before));
          expect(thin.channels[name]).toHaveLength(thin.time_s.length);
        }
        expect(thin.time_s.length).toBeLessThanOrEqual(2 * count);
        expect(thin.time_s).toEqual([...thin.time_s].sort((left, right) => left - right));
      }),
    );
  });

  it('shows a one-sample spike among a thousand', () => {
    const values = Array.from({ length: 1000 }, (_, index) => (index === 617 ? 99 : 1));
    const thin = decimateColumns({ time_s: values.map((_, i) => i), channels: { a: values } }, 10);
    expect(thin.channels['a']?.filter((value) => value === 99)).toHaveLength(1);
  });
});

describe('binColumns', () => {
  it('holds minimum ≤ mean ≤ maximum in each bin and loses no extreme', () => {
    fc.assert(
      fc.property(columns, bins, (samples, count) => {
        const binned = binColumns(samples, count);
        expect(binned.time_s).toHaveLength(Math.min(count, samples.time_s.length));
        for (const name of ['a', 'b']) {
          const minimum = binned.minimum[name] ?? [];
          const maximum = binned.maximum[name] ?? [];
          (binned.channels[name] ?? []).forEach((value, index) => {
            if (value === null) return;
            expect(value).toBeGreaterThanOrEqual(minimum[index] ?? Number.NaN);
            expect(value).toBeLessThanOrEqual(maximum[index] ?? Number.NaN);
          });
          expect(Math.max(...measured(maximum))).toBe(Math.max(...measured(samples.channels[name])));
          expect(Math.min(...measured(minimum))).toBe(Math.min(...measured(samples.channels[name])));
        }
      }),
    );
  });
});

describe('joinColumns', () => {
  it('keeps every sample in place and fills a missing channel with null', () => {
    const joined = joinColumns([
      { time_s: [0, 1], channels: { a: [1, 2] } },
      { time_s: [2], channels: { b: [3] } },
    ]);
    expect(joined).toEqual({ time_s: [0, 1, 2], channels: { a: [1, 2, null], b: [null, null, 3] } });
  });
});
