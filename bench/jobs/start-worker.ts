import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { WorkerNews, WorkerOrder } from './worker-process.ts';

/** Starts a worker process and answers once it works; `ended` counts what it has done. */
export async function startWorker(order: WorkerOrder): Promise<{ process: ChildProcess; ended(): number }> {
  const worker = fork(fileURLToPath(new URL('worker-process.ts', import.meta.url)));
  let ended = 0;
  worker.send(order);
  await new Promise<void>((resolve) => {
    worker.on('message', (news: WorkerNews) => {
      if (news.ready) resolve();
      else ended += news.ended;
    });
  });
  return { process: worker, ended: () => ended };
}
