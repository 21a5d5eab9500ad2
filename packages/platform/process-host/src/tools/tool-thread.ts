import { parentPort } from 'node:worker_threads';
import { checkSeries } from './check-series.ts';
import { designSeries } from './design-series.ts';

/** What the pool sends to a thread. */
export interface ThreadTask {
  readonly task: string;
  readonly input: unknown;
}

/** What the thread sends back. */
export type ThreadAnswer = { ok: true; value: unknown } | { ok: false; message: string; outOfRange: boolean };

/** Tasks by name: pure functions of plain data, which may be as slow as they like. */
export type ThreadTasks = Readonly<Record<string, (input: never) => unknown>>;

/** Does the tasks of a pool, one after the other; the whole of a service's thread file. */
export function serveToolThread(tasks: ThreadTasks): void {
  const port = parentPort;
  if (port === null) throw new Error('this file is the start of a thread');
  const all: ThreadTasks = { ...tasks, 'check-series': checkSeries, 'design-series': designSeries };
  port.on('message', (message: ThreadTask) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
    port.postMessage(answerOf(all, message));
  });
}

function answerOf(tasks: ThreadTasks, { task, input }: ThreadTask): ThreadAnswer {
  const work = Object.hasOwn(tasks, task) ? tasks[task] : undefined;
  if (work === undefined) return { ok: false, message: `there is no task ${task}`, outOfRange: false };
  try {
    // Only the service that wrote both sides pairs tasks with inputs.
    return { ok: true, value: work(input as never) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, message, outOfRange: error instanceof RangeError };
  }
}
