import { expect, it } from 'vitest';
import { nextRestart, noFailures } from './restart-policy.ts';

/** The delays before the restarts of a service that lives for the given times. */
function delaysAfter(livesMs: number[]): number[] {
  let history = noFailures;
  return livesMs.map((ranForMs) => {
    const next = nextRestart(history, ranForMs);
    history = next.history;
    return next.delayMs;
  });
}

it('a service that dies at once again and again is started ever more slowly, but for ever', () => {
  const delays = delaysAfter(Array.from({ length: 40 }, () => 10));
  expect(delays.slice(0, 5)).toEqual([100, 200, 400, 800, 1600]);
  expect(delays.every((delay, index) => delay >= (delays[index - 1] ?? 0))).toBe(true);
  expect(delays.at(-1)).toBe(10_000);
});

it('a service that was well for half a minute is started again at once', () => {
  expect(delaysAfter([10, 10, 10, 30_000, 10])).toEqual([100, 200, 400, 100, 200]);
});
