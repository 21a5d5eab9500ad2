import {
  accept,
  cancelSubject,
  jobsRpc,
  offersSubject,
  readySubject,
  refuse,
  workerRpc,
  workerService,
} from '@spectra/schemas';
import type { TakenJob, WorkerOffer } from '@spectra/schemas';
import type { Messaging } from '@spectra/messaging';
import type { Clock, Logger, Part } from '@spectra/service-kit';
import type { StopReason } from './job-reporter.ts';

/** The net below the word that jobs are ready, should it be lost. */
const pollMs = 5_000;
const retryMs = 1_000;
const takeTimeoutMs = 5_000;
/** After an answer that was lost: the orchestrator may have been killed, or its database is slow. */
const patientTakeTimeoutMs = 15_000;
/** Far more than can be on its way twice. */
const begunMax = 1_000;

/** An attempt that was granted: it runs to its recorded end, and can be asked to stop. */
export interface GrantedAttempt {
  run(): Promise<void>;
  askToStop(reason: StopReason): void;
}

type Running = { jobId: string; attempt: GrantedAttempt; ended: Promise<void> };

/** One queue, and how its jobs are done. */
export interface QueueWork {
  readonly queue: string;
  readonly workerId: string;
  /** Attempts at the same time. */
  readonly slots: number;
  /** Running attempts may end by themselves for this long after a stop signal; then they are asked to stop. */
  readonly drainMs: number;
  /** Jobs may be given to it in the moment of their creation, before it asks; only such as need no equipment. */
  readonly standsBy?: boolean;
  /** The attempt at a job that was taken; its lease counts from when it was asked for. */
  attemptAt(taken: TakenJob, askedMs: number): GrantedAttempt;
}

/**
 * Asks for jobs of a queue whenever some are ready and slots are free, as many as there are free slots, and runs them.
 * From the answer on an attempt lives in Postgres, and a lost worker is found by its lease. An answer that was lost is
 * asked for again: what this worker holds without knowing comes back.
 */
export class JobTaker implements Part {
  readonly name: string;
  readonly #services: { messaging: Messaging; clock: Clock; logger: Logger };
  readonly #work: QueueWork;
  /** No map: one with so many comings and goings keeps the dead of a second alive, and the collector busy with them. */
  #running: readonly Running[] = [];
  readonly #subscriptions: { unsubscribe(): void }[] = [];
  #stopping = false;
  /** True while there may be jobs to take. */
  #wanted = true;
  #answerLost = false;
  #asksForLost = false;
  /** The attempt at each job that was begun here last, so that a message that comes twice begins nothing twice. */
  #begun = new Map<string, number>();
  #begunBefore = new Map<string, number>();
  #stopServing: (() => Promise<void>) | null = null;
  #taking: Promise<void> | null = null;
  #cancelPoll: (() => void) | null = null;

  constructor(services: { messaging: Messaging; clock: Clock; logger: Logger }, work: QueueWork) {
    this.name = `taker-${work.queue}`;
    this.#services = services;
    this.#work = work;
  }

  get runningCount(): number {
    return this.#running.length;
  }

  async start(): Promise<void> {
    const { connection } = this.#services.messaging;
    const ready = connection.subscribe(readySubject(this.#work.queue), {
      callback: (error) => {
        if (!error) this.#lookForJobs();
      },
    });
    // Cancels arrive here at once; the heartbeat brings them too, should this message be lost.
    const cancels = connection.subscribe(cancelSubject('*'), {
      callback: (error, message) => {
        if (error) return;
        const jobId = message.subject.split('.').at(-1) ?? '';
        this.#running.find((one) => one.jobId === jobId)?.attempt.askToStop('cancelled');
      },
    });
    this.#subscriptions.push(ready, cancels);
    if (this.#work.standsBy === true) this.#serveBegin();
    this.#poll();
  }

  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#offer(0);
    this.#cancelPoll?.();
    await this.#taking;
    const ended = Promise.all(this.#running.map(({ ended }) => ended));
    const patience = new Promise<void>((resolve) => this.#services.clock.after(this.#work.drainMs, resolve));
    await Promise.race([ended, patience]);
    for (const { attempt } of this.#running) attempt.askToStop('service_stopping');
    await Promise.all(this.#running.map(({ ended }) => ended));
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
    await this.#stopServing?.();
  }

  /** Jobs that started with their creation come here. */
  #serveBegin(): void {
    const { messaging, clock } = this.#services;
    const { queue, workerId } = this.#work;
    this.#stopServing = messaging.serve(workerService(queue, workerId), workerRpc.begin, async ({ body }) => {
      if (this.#stopping) return refuse('dependency_unavailable', 'The worker is stopping');
      for (const taken of body.jobs) this.#begin(taken, clock.monotonicMs());
      await quickEnds();
      return accept({});
    });
  }

  #offer(slots: number): void {
    if (this.#work.standsBy !== true) return;
    const { messaging } = this.#services;
    if (!messaging.isConnected()) return;
    const offer: WorkerOffer = { queue: this.#work.queue, worker_id: this.#work.workerId, slots };
    messaging.connection.publish(offersSubject(), JSON.stringify(offer));
  }

  #poll(): void {
    if (this.#stopping) return;
    this.#offer(this.#work.slots);
    // What was given to it and never arrived comes with the next answer.
    this.#asksForLost = this.#work.standsBy === true;
    this.#lookForJobs();
    this.#cancelPoll = this.#services.clock.after(pollMs, () => this.#poll());
  }

  #lookForJobs(): void {
    this.#wanted = true;
    this.#takeNext();
  }

  /** One request at a time; what becomes ready or free meanwhile is asked for in the next. */
  #takeNext(): void {
    if (this.#taking !== null || !this.#wanted || this.#free <= 0 || this.#stopping) return;
    this.#taking = this.#takeOnce().finally(() => {
      this.#taking = null;
      this.#takeNext();
    });
  }

  get #free(): number {
    return this.#work.slots - this.#running.length;
  }

  async #takeOnce(): Promise<void> {
    const { messaging, clock, logger } = this.#services;
    const { queue, workerId } = this.#work;
    const slots = this.#free;
    this.#wanted = false;
    const askedMs = clock.monotonicMs();
    const answer = await messaging.call('jobs', jobsRpc.take, {
      body: {
        queue,
        worker_id: workerId,
        slots,
        ...(this.#answerLost || this.#asksForLost
          ? { in_hand: this.#running.map(({ jobId }) => jobId) }
          : {}),
      },
      timeoutMs: this.#answerLost ? patientTakeTimeoutMs : takeTimeoutMs,
    });
    if (!answer.ok) {
      if (!this.#answerLost) logger.warn({ queue, refusal: answer.refusal }, 'no jobs can be taken');
      this.#answerLost = true;
      this.#wanted = true;
      await new Promise<void>((resolve) => clock.after(retryMs, resolve));
      return;
    }
    this.#answerLost = false;
    this.#asksForLost = false;
    const { jobs } = answer.value;
    for (const taken of jobs) this.#begin(taken, askedMs);
    // As many as there were slots: more may wait.
    if (jobs.length >= slots) this.#wanted = true;
  }

  #isNew(jobId: string, attempt: number): boolean {
    const last = this.#begun.get(jobId) ?? this.#begunBefore.get(jobId) ?? 0;
    if (attempt <= last) return false;
    if (this.#begun.size >= begunMax) {
      this.#begunBefore = this.#begun;
      this.#begun = new Map();
    }
    this.#begun.set(jobId, attempt);
    return true;
  }

  #begin(taken: TakenJob, askedMs: number): void {
    const jobId = taken.spec.job_id;
    if (!this.#isNew(jobId, taken.attempt)) return;
    const attempt = this.#work.attemptAt(taken, askedMs);
    const ended = attempt
      .run()
      .catch((error: unknown) =>
        this.#services.logger.error({ err: error, jobId }, 'an attempt ended unrecorded'),
      )
      .then(() => {
        this.#running = this.#running.filter((one) => one !== running);
        // Jobs that end together free their slots together: one question for all of them.
        setImmediate(() => this.#takeNext());
      });
    const running: Running = { jobId, attempt, ended };
    this.#running = [...this.#running, running];
  }
}

/**
 * Two turns of the event loop: what needs no more has its end told before the answer that it was begun, for which nobody
 * waits.
 */
async function quickEnds(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}
