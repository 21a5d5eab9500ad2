import { expect, it } from 'vitest';
import { manualClock } from './manual-clock.ts';

it('what waits runs in the order of its time, and sees that time', () => {
  const clock = manualClock();
  const seen: string[] = [];
  clock.after(300, () => seen.push(`late ${clock.monotonicMs()}`));
  clock.after(100, () => {
    seen.push(`early ${clock.monotonicMs()}`);
    clock.after(100, () => seen.push(`within ${clock.monotonicMs()}`));
  });
  const cancel = clock.after(150, () => seen.push('cancelled'));
  cancel();
  clock.advance(99);
  expect(seen).toEqual([]);
  clock.advance(901);
  expect(seen).toEqual(['early 100', 'within 200', 'late 300']);
  expect(clock.monotonicMs()).toBe(1000);
  expect(clock.nowMs()).toBe(Date.UTC(2026, 0, 1) + 1000);
});
