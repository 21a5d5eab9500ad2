import { Worker } from 'node:worker_threads';
import type { Logger } from '@spectra/service-kit';
import type { ThreadAnswer, ThreadTask } from './tool-thread.ts';

/** The thread of a task ended in the middle of it; another attempt may go well. */
export class ThreadLost extends Error {}

/** The task was asked to stop. */
export class TaskStopped extends Error {}

/** A task and who waits for it. */
interface Waiting {
  readonly task: string;
  readonly input: unknown;
  readonly signal: AbortSignal;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const memoryMb = 1024;
const waitingMax = 10_000;

/**
 * Threads for work that would keep the event loop from the control loops of runs. A thread does one task at a time;
 * stopping a running task ends its thread, and the next task gets a new one.
 */
export class ThreadPool {
  readonly size: number;
  readonly #file: URL;
  readonly #logger: Logger;
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, Waiting>();
  #urgent: Waiting[] = [];
  #patient: Waiting[] = [];
  #stopped = false;

  constructor(threads: { file: URL; size: number; logger: Logger }) {
    this.#file = threads.file;
    this.size = threads.size;
    this.#logger = threads.logger;
  }

  /** Starts the first thread, so that the first task need not wait for its modules. */
  warmUp(): void {
    if (this.#idle.length + this.#busy.size === 0) this.#idle.push(this.#newThread());
  }

  /** Runs a task; an urgent one goes before those that nobody waits for with an open request. */
  run(task: string, input: unknown, options: { signal: AbortSignal; urgent: boolean }): Promise<unknown> {
    const { signal, urgent } = options;
    if (this.#stopped || signal.aborted) return Promise.reject(new TaskStopped('stopped before it began'));
    if (this.#urgent.length + this.#patient.length >= waitingMax) {
      return Promise.reject(new Error(`more than ${waitingMax} tasks wait for a thread`));
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { task, input, signal, resolve, reject };
      signal.addEventListener('abort', () => this.#stopTask(waiting), { once: true });
      (urgent ? this.#urgent : this.#patient).push(waiting);
      this.#next();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const waiting of [...this.#urgent, ...this.#patient, ...this.#busy.values()]) {
      waiting.reject(new TaskStopped('the service stops'));
    }
    const threads = [...this.#idle, ...this.#busy.keys()];
    this.#urgent = [];
    this.#patient = [];
    this.#busy.clear();
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  #next(): void {
    while (!this.#stopped && this.#urgent.length + this.#patient.length > 0) {
      const thread = this.#freeThread();
      if (thread === null) return;
      const waiting = this.#urgent.shift() ?? this.#patient.shift();
      if (waiting === undefined) return;
      this.#busy.set(thread, waiting);
      const message: ThreadTask = { task: waiting.task, input: waiting.input };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
      thread.postMessage(message);
    }
  }

  #freeThread(): Worker | null {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    return this.#busy.size < this.size ? this.#newThread() : null;
  }

  #newThread(): Worker {
    // Tools read nothing from their surroundings.
    const thread = new Worker(this.#file, {
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    });
    thread.on('message', (answer: ThreadAnswer) => this.#answered(thread, answer));
    thread.on('error', (error) => this.#lost(thread, error instanceof Error ? error.message : String(error)));
    thread.on('exit', () => this.#lost(thread, 'the thread ended'));
    return thread;
  }

  #answered(thread: Worker, answer: ThreadAnswer): void {
    const waiting = this.#busy.get(thread);
    this.#busy.delete(thread);
    this.#idle.push(thread);
    if (answer.ok) waiting?.resolve(answer.value);
    else waiting?.reject(answer.outOfRange ? new RangeError(answer.message) : new Error(answer.message));
    this.#next();
  }

  #lost(thread: Worker, message: string): void {
    const waiting = this.#busy.get(thread);
    this.#busy.delete(thread);
    const place = this.#idle.indexOf(thread);
    if (place >= 0) this.#idle.splice(place, 1);
    if (waiting !== undefined) {
      this.#logger.error({ task: waiting.task, message }, 'a thread was lost in its task');
      waiting.reject(new ThreadLost(message));
    }
    this.#next();
  }

  #stopTask(stopped: Waiting): void {
    this.#urgent = this.#urgent.filter((waiting) => waiting !== stopped);
    this.#patient = this.#patient.filter((waiting) => waiting !== stopped);
    for (const [thread, waiting] of this.#busy) {
      if (waiting !== stopped) continue;
      this.#busy.delete(thread);
      void thread.terminate();
    }
    stopped.reject(new TaskStopped('the task was asked to stop'));
    this.#next();
  }
}
