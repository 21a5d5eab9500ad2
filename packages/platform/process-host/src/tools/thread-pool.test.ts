import { silentLogger } from '@spectra/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { TaskStopped, ThreadLost, ThreadPool } from './thread-pool.ts';

const file = new URL('../../test/trial-thread.ts', import.meta.url);
const pools: ThreadPool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.stop()));
});

function pool(size: number): ThreadPool {
  const made = new ThreadPool({ file, size, logger: silentLogger() });
  pools.push(made);
  return made;
}

const patient = () => ({ signal: new AbortController().signal, urgent: false });

describe('a pool of threads', () => {
  it('answers each task with its own result, however many threads there are', async () => {
    for (const size of [1, 2]) {
      const threads = pool(size);
      const inputs = Array.from({ length: 20 }, (_, i) => i);
      const answers = await Promise.all(inputs.map((input) => threads.run('double', input, patient())));
      expect(answers).toEqual(inputs.map((input) => input * 2));
    }
  });

  it('keeps its threads from task to task and makes no more than its size', async () => {
    const threads = pool(2);
    const ids = await Promise.all(
      Array.from({ length: 10 }, () => threads.run('thread-id', null, patient())),
    );
    expect(new Set(ids).size).toBeLessThanOrEqual(2);
  });

  it('lets an urgent task pass those that wait', async () => {
    const threads = pool(1);
    const order: string[] = [];
    const note = (name: string, urgent: boolean) =>
      threads.run('double', 1, { ...patient(), urgent }).then(() => order.push(name));
    await Promise.all([note('first', false), note('second', false), note('urgent', true)]);
    expect(order).toEqual(['first', 'urgent', 'second']);
  });

  it('stops a task that never ends, and goes on with the next', async () => {
    const threads = pool(1);
    const abort = new AbortController();
    const endless = threads.run('for-ever', null, { signal: abort.signal, urgent: false });
    const next = threads.run('double', 4, patient());
    abort.abort();
    await expect(endless).rejects.toBeInstanceOf(TaskStopped);
    expect(await next).toBe(8);
  });

  it('stops a task that has not begun without touching the one that runs', async () => {
    const threads = pool(1);
    const abort = new AbortController();
    const running = threads.run('double', 1, patient());
    const waiting = threads.run('double', 2, { signal: abort.signal, urgent: false });
    abort.abort();
    await expect(waiting).rejects.toBeInstanceOf(TaskStopped);
    expect(await running).toBe(2);
  });

  it('tells a lost thread from a mistake in the task, and outlives both', async () => {
    const threads = pool(1);
    await expect(threads.run('die', null, patient())).rejects.toBeInstanceOf(ThreadLost);
    await expect(threads.run('out-of-range', null, patient())).rejects.toBeInstanceOf(RangeError);
    await expect(threads.run('unheard-of', null, patient())).rejects.toThrow('there is no task');
    expect(await threads.run('double', 3, patient())).toBe(6);
  });

  it('does nothing more once it is stopped', async () => {
    const threads = pool(1);
    const endless = threads.run('for-ever', null, patient());
    const refused = expect(endless).rejects.toBeInstanceOf(TaskStopped);
    await threads.stop();
    await refused;
    await expect(threads.run('double', 1, patient())).rejects.toBeInstanceOf(TaskStopped);
  });
});
