import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createViewerQueue, type Outgoing, type QueuedMessage } from './viewer-queue.ts';

const message = (seq: number, droppable: boolean, size: number): QueuedMessage => ({
  seq,
  fromSeq: seq,
  standsFor: 1,
  timestamp: `t${seq}`,
  text: 'x'.repeat(size),
  droppable,
});

const steps = fc.array(
  fc.oneof(
    fc.record({ offer: fc.boolean(), size: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ take: fc.integer({ min: 1, max: 200 }) }),
  ),
  { maxLength: 300 },
);

describe('createViewerQueue', () => {
  it('hands out every number once, in a message or in a gap, in order, and never drops what is required', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 300 }), (drawn, droppableCharsMax) => {
        const queue = createViewerQueue({ droppableCharsMax, requiredCharsMax: 1e9 });
        const out: Outgoing[] = [];
        const required: number[] = [];
        let seq = 0;
        for (const step of drawn) {
          if ('take' in step) {
            out.push(...queue.take(step.take));
            continue;
          }
          seq += 1;
          if (!step.offer) required.push(seq);
          expect(queue.offer(message(seq, step.offer, step.size))).toBe('queued');
        }
        while (!queue.isEmpty()) out.push(...queue.take(50));

        const covered = out.flatMap((item) =>
          item.kind === 'message' ? [item.message.seq] : range(item.gap.fromSeq, item.gap.toSeq),
        );
        expect(covered).toEqual(range(1, seq));
        const messages = out.flatMap((item) => (item.kind === 'message' ? [item.message] : []));
        expect(messages.filter(({ droppable }) => !droppable).map((sent) => sent.seq)).toEqual(required);
        const gaps = out.flatMap((item) => (item.kind === 'gap' ? [item.gap] : []));
        expect(gaps.reduce((sum, gap) => sum + gap.dropped, 0)).toBe(queue.dropped());
        for (const gap of gaps) expect(gap.dropped).toBe(gap.toSeq - gap.fromSeq + 1);
        expect(messages.length + queue.dropped()).toBe(seq);
      }),
    );
  });

  it('keeps no more droppable characters than its limit, and one gap for a long stall', () => {
    const queue = createViewerQueue({ droppableCharsMax: 100, requiredCharsMax: 100 });
    for (let seq = 1; seq <= 10_000; seq += 1) queue.offer(message(seq, true, 10));
    const out = queue.take(Number.MAX_SAFE_INTEGER);
    expect(out[0]).toEqual({
      kind: 'gap',
      gap: { fromSeq: 1, toSeq: 9990, dropped: 9990, timestamp: 't9990' },
    });
    expect(out).toHaveLength(11);
  });

  it('tells when what must not be dropped is too much', () => {
    const queue = createViewerQueue({ droppableCharsMax: 10, requiredCharsMax: 25 });
    expect(queue.offer(message(1, false, 20))).toBe('queued');
    expect(queue.offer(message(2, true, 20))).toBe('queued');
    expect(queue.offer(message(3, false, 20))).toBe('overflow');
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
