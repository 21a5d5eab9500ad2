import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createStandingWorkers } from './standing-workers.ts';

const queue = 'general-tools';
const offer = (workerId: string, slots: number) => ({ queue, worker_id: workerId, slots });

function book(counts: Record<string, number> = {}) {
  let nowMs = 0;
  const standing = createStandingWorkers({
    monotonicMs: () => nowMs,
    countWith: (_queue, workerId) => counts[workerId] ?? 0,
  });
  return { standing, later: (ms: number) => void (nowMs += ms) };
}

describe('workers that stand by', () => {
  test('are given no more than they have room for, and all or nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ slots: fc.integer({ min: 1, max: 9 }), busy: fc.nat(9) }), { maxLength: 5 }),
        fc.nat(20),
        (workers, jobs) => {
          const { standing } = book(Object.fromEntries(workers.map(({ busy }, i) => [`w${i}`, busy])));
          for (const [i, { slots }] of workers.entries()) standing.offered(offer(`w${i}`, slots));
          const room = workers.reduce((sum, { slots, busy }) => sum + Math.max(0, slots - busy), 0);
          const places = standing.places(queue, jobs);
          expect(places === null).toBe(room < jobs);
          for (const [i, { slots, busy }] of workers.entries()) {
            const given = (places ?? []).filter((place) => place.workerId === `w${i}`);
            expect(given.length).toBeLessThanOrEqual(Math.max(0, slots - busy));
            expect(given.every((place) => place.slots === slots)).toBe(true);
          }
        },
      ),
    );
  });

  test('share the load', () => {
    const { standing } = book({ w0: 1 });
    standing.offered(offer('w0', 4));
    standing.offered(offer('w1', 4));
    const places = standing.places(queue, 3) ?? [];
    expect(places.map(({ workerId }) => workerId).toSorted()).toEqual(['w0', 'w1', 'w1']);
  });

  test('are forgotten when they say so, do not answer, or are not heard twice', () => {
    const { standing, later } = book();
    standing.offered(offer('w0', 4));
    standing.offered(offer('w0', 0));
    expect(standing.places(queue, 1)).toBeNull();
    standing.offered(offer('w0', 4));
    standing.gone(queue, 'w0');
    expect(standing.places(queue, 1)).toBeNull();
    standing.offered(offer('w0', 4));
    later(11_000);
    expect(standing.places(queue, 1)).not.toBeNull();
    later(2_000);
    expect(standing.places(queue, 1)).toBeNull();
  });

  test('are given nothing past a line, nor of another queue', () => {
    const { standing } = book();
    standing.offered(offer('w0', 4));
    expect(standing.places('ion-tools', 1)).toBeNull();
    standing.lineSeen(queue);
    expect(standing.places(queue, 1)).toBeNull();
    standing.lineEmpty(queue);
    expect(standing.places(queue, 1)).toEqual([{ workerId: 'w0', slots: 4 }]);
  });
});
