import type { Invariant } from './invariant.ts';

const drainedWithinMs = 30_000;

export const outboxDrained: Invariant = {
  id: 'I5',
  promise: 'the outbox is empty within 30 s after heal',
  check({ outbox }) {
    if (outbox.waiting > 0) return [`${outbox.waiting} messages still wait in the outbox`];
    if (outbox.emptyAfterMs === null || outbox.emptyAfterMs > drainedWithinMs)
      return [`the outbox was empty only after ${outbox.emptyAfterMs ?? '∞'} ms`];
    return [];
  },
};
