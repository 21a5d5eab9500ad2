import type { Clock } from '@spectra/service-kit';

/** A clock that stands still until a test moves it. */
export type ManualClock = Clock & {
  /** Moves both times on and runs what came due, in the order of its time. */
  advance(byMs: number): void;
};

/** Starts at the given wall-clock time (default: 2026-01-01T00:00:00Z); monotonic time starts at 0. */
export function manualClock(startMs: number = Date.UTC(2026, 0, 1)): ManualClock {
  let elapsedMs = 0;
  let waiting: { dueMs: number; run: () => void }[] = [];
  const runNextBefore = (endMs: number): boolean => {
    const next = waiting.toSorted((left, right) => left.dueMs - right.dueMs)[0];
    if (next === undefined || next.dueMs > endMs) return false;
    waiting = waiting.filter((entry) => entry !== next);
    elapsedMs = Math.max(elapsedMs, next.dueMs);
    next.run();
    return true;
  };
  return {
    nowMs: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    after(delayMs, run) {
      const entry = { dueMs: elapsedMs + Math.max(0, delayMs), run };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
    advance(byMs) {
      const endMs = elapsedMs + byMs;
      // What runs may ask for more within the same span.
      while (runNextBefore(endMs));
      elapsedMs = endMs;
    },
  };
}
