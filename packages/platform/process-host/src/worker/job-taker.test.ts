import { expect, test } from 'vitest';
import type { Messaging } from '@spectra/messaging';
import { manualClock, silentLogger } from '@spectra/testkit';
import { JobTaker, type QueueWork } from './job-taker.ts';

type Asked = { timeoutMs?: number; body: { in_hand?: string[]; slots: number } };
type Work = Pick<QueueWork, 'slots' | 'attemptAt'>;

/** A worker of one queue, what it asked, and the answers that it gets one after the other. */
function takerWith(work: Work, answers: readonly unknown[]) {
  const asked: Asked[] = [];
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
    { queue: 'etch', workerId: 'W', drainMs: 0, ...work },
  );
  return { taker, clock, asked };
}

const taken = (...ids: string[]) => ({
  ok: true,
  value: { jobs: ids.map((id) => ({ attempt: 1, spec: { job_id: id } })) },
});

test('after an answer that was lost the next is waited for longer, and asks for what is held unknown', async () => {
  const late = { ok: false, refusal: { code: 'dependency_unavailable', detail: 'late' } };
  const attemptAt = () => {
    throw new Error('there is nothing to attempt');
  };
  const { taker, clock, asked } = takerWith({ slots: 1, attemptAt }, [late, taken(), taken()]);
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
  let endAll = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    endAll = resolve;
  });
  const attemptAt = () => ({ run: () => ended, askToStop: () => undefined });
  const { taker, asked } = takerWith({ slots: 3, attemptAt }, [taken('a', 'b', 'c'), taken()]);
  await taker.start();
  await expect.poll(() => taker.runningCount).toBe(3);
  endAll();
  await expect.poll(() => asked.length).toBe(2);
  expect(asked.map(({ body }) => body.slots)).toEqual([3, 3]);
});
