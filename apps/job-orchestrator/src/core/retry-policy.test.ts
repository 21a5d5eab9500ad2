import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterFailure, retryDelayMs } from './retry-policy.ts';

const settings = { baseMs: 60_000, capMs: 600_000 };
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const failure = fc.record({
  transient: fc.boolean(),
  workerLost: fc.boolean(),
  wafer: fc.constantFrom('unexposed', 'resume', 'hold'),
  retryCount: fc.integer({ min: 0, max: 6 }),
  maxRetries: fc.integer({ min: 0, max: 3 }),
  message: fc.constant('it broke'),
});

describe('after a failure', () => {
  test('only transient failures are retried, never more than max_retries, never a heated wafer', () => {
    fc.assert(
      fc.property(failure, chance, (failed, drawn) => {
        const next = afterFailure(failed, settings, () => drawn);
        if (next.kind !== 'retry') return;
        expect(failed.transient).toBe(true);
        expect(failed.retryCount).toBeLessThan(failed.maxRetries);
        expect(failed.wafer).not.toBe('hold');
      }),
    );
  });

  test('a heated wafer whose attempt broke off is held, however many retries are left', () => {
    fc.assert(
      fc.property(failure, (failed) => {
        const heated = { ...failed, transient: true, wafer: 'hold' as const };
        expect(afterFailure(heated, settings, () => 0.5).kind).toBe('hold');
      }),
    );
  });

  test('a lost worker with a part-implanted wafer is followed at once', () => {
    const lost = {
      transient: true,
      workerLost: true,
      wafer: 'resume' as const,
      retryCount: 0,
      maxRetries: 3,
      message: 'lost',
    };
    expect(afterFailure(lost, settings, () => 0.9)).toEqual({ kind: 'retry', delayMs: 0 });
  });
});

describe('the delay', () => {
  test('lies in [0, min(base·2^(n−1), cap)] and uses the whole range', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), chance, (retry, drawn) => {
        const ceiling = Math.min(settings.baseMs * 2 ** (retry - 1), settings.capMs);
        const delay = retryDelayMs(retry, settings, () => drawn);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(ceiling);
        expect(Math.abs(delay - drawn * ceiling)).toBeLessThanOrEqual(0.5);
      }),
    );
  });

  test('60 s, 120 s, 240 s are the ceilings of the three retries', () => {
    const nearlyOne = () => 1 - 2 ** -53;
    expect([1, 2, 3].map((retry) => retryDelayMs(retry, settings, nearlyOne))).toEqual([
      60_000, 120_000, 240_000,
    ]);
  });

  test('retry 0 is a mistake', () => {
    expect(() => retryDelayMs(0, settings, () => 0)).toThrow(RangeError);
  });
});
