import { createHash } from 'node:crypto';
import type { SharedCounts } from '../limits/shared-counts.ts';

export type AttemptCounter = {
  /** Seconds to wait before the next attempt on this name, or 0. */
  waitS(name: string): number;
  failed(name: string): void;
  succeeded(name: string): void;
};

/** Counts failed sign-ins per account in a fixed window, whatever address they come from and whichever gateway they reach. */
export function createAttemptCounter(options: { failuresMax: number; counts: SharedCounts }): AttemptCounter {
  const { failuresMax, counts } = options;
  return {
    waitS(name) {
      const { current, ttl } = counts.read(hashed(name));
      return current < failuresMax ? 0 : Math.ceil(ttl / 1000);
    },
    failed: (name) => void counts.add(hashed(name)),
    succeeded: (name) => counts.clear(hashed(name)),
  };
}

/** Addresses of people are nobody else's business on the way. */
function hashed(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}
