import { expect, test } from 'vitest';
import type { Messaging } from '@spectra/messaging';
import { manualClock, silentLogger } from '@spectra/testkit';
import { JobTaker } from './job-taker.ts';

type Asked = { timeoutMs?: number; body: { in_hand?: string[] } };

test('after an answer that was lost the next is waited for longer, and asks for what is held unknown', async () => {
  const asked: Asked[] = [];
  const answers = [
    { ok: false, refusal: { code: 'dependency_unavailable', detail: 'late' } },
    { ok: true, value: { jobs: [] } },
    { ok: true, value: { jobs: [] } },
  ];
  const messaging = {
    connection: { subscribe: () => ({ unsubscribe: () => undefined }) },
    call: async (_service: string, _contract: unknown, request: Asked) => {
      asked.push(request);
      return answers[asked.length - 1];
    },
  } as unknown as Messaging;
  const clock = manualClock();
  const taker = new JobTaker(
    { messaging, clock, logger: silentLogger() },
    {
      queue: 'etch',
      workerId: 'W',
      slots: 1,
      drainMs: 0,
      attemptAt: () => {
        throw new Error('there is nothing to attempt');
      },
    },
  );
  await taker.start();
  await expect.poll(() => asked.length).toBe(1);
  clock.advance(1_000);
  await expect.poll(() => asked.length).toBe(2);
  clock.advance(5_000);
  await expect.poll(() => asked.length).toBe(3);
  expect(asked.map(({ timeoutMs, body }) => [timeoutMs, body.in_hand])).toEqual([
    [5_000, undefined],
    [15_000, []],
    [5_000, undefined],
  ]);
});
