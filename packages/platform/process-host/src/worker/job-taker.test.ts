import { expect, test } from 'vitest';
import type { Messaging } from '@spectra/messaging';
import { manualClock, silentLogger } from '@spectra/testkit';
import { JobTaker } from './job-taker.ts';

type Asked = { timeoutMs?: number; body: { in_hand?: string[]; slots: number } };

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

test('jobs that end together free their slots for one question', async () => {
  const asked: Asked[] = [];
  const job = (id: string) => ({ attempt: 1, spec: { job_id: id } });
  const messaging = {
    connection: { subscribe: () => ({ unsubscribe: () => undefined }) },
    call: async (_service: string, _contract: unknown, request: Asked) => {
      asked.push(request);
      return { ok: true, value: { jobs: asked.length === 1 ? ['a', 'b', 'c'].map(job) : [] } };
    },
  } as unknown as Messaging;
  let endAll = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    endAll = resolve;
  });
  const taker = new JobTaker(
    { messaging, clock: manualClock(), logger: silentLogger() },
    {
      queue: 'etch',
      workerId: 'W',
      slots: 3,
      drainMs: 0,
      attemptAt: () => ({ run: () => ended, askToStop: () => undefined }),
    },
  );
  await taker.start();
  await expect.poll(() => taker.runningCount).toBe(3);
  endAll();
  await expect.poll(() => asked.length).toBe(2);
  expect(asked.map(({ body }) => body.slots)).toEqual([3, 3]);
});
