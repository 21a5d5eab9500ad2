import { cancelSubject, dispatchSchema, dispatchSubject, streams } from '@spectra/schemas';
import type { Dispatch, Refusal, Result } from '@spectra/schemas';
import type { Messaging } from '@spectra/messaging';
import type { Clock, Logger, Part } from '@spectra/service-kit';
import type { Consumer, JsMsg } from '@nats-io/jetstream';
import type { StopReason } from './job-reporter.ts';

const fetchMs = 5_000;
const retryMs = 1_000;

/** An attempt that was granted: it runs to its recorded end, and can be asked to stop. */
export interface GrantedAttempt {
  run(): Promise<void>;
  askToStop(reason: StopReason): void;
}

/** One queue, and what becomes of its wake-ups. */
export interface QueueWork {
  readonly queue: string;
  /** Attempts at the same time. */
  readonly slots: number;
  /** Running attempts may end by themselves for this long after a stop signal; then they are asked to stop. */
  readonly drainMs: number;
  /** Claims the job of a wake-up; the attempt is null when the claim was refused. */
  claim(dispatch: Dispatch): Promise<Result<GrantedAttempt | null>>;
}

/**
 * Takes wake-ups from a queue while there are free slots, claims each job, and runs it. The wake-up is acknowledged
 * once the claim is decided: from then on the attempt lives in Postgres, and a lost worker is found by its lease.
 */
export class WakeUpConsumer implements Part {
  readonly name: string;
  readonly #services: { messaging: Messaging; clock: Clock; logger: Logger };
  readonly #work: QueueWork;
  readonly #running = new Map<string, { attempt: GrantedAttempt; ended: Promise<void> }>();
  #stopping = false;
  #slotFreed: (() => void) | null = null;

  constructor(services: { messaging: Messaging; clock: Clock; logger: Logger }, work: QueueWork) {
    this.name = `consumer-${work.queue}`;
    this.#services = services;
    this.#work = work;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  async start(): Promise<void> {
    await this.#ensureConsumer();
    this.#watchCancels();
    void this.#consume();
  }

  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#slotFreed?.();
    const ended = Promise.all([...this.#running.values()].map((entry) => entry.ended));
    const patience = new Promise<void>((resolve) => this.#services.clock.after(this.#work.drainMs, resolve));
    await Promise.race([ended, patience]);
    for (const { attempt } of this.#running.values()) attempt.askToStop('service_stopping');
    await Promise.all([...this.#running.values()].map((entry) => entry.ended));
  }

  get #durable(): string {
    return `worker-${this.#work.queue}`;
  }

  async #ensureConsumer(): Promise<void> {
    const { messaging } = this.#services;
    await messaging.ensureStreams();
    await messaging.ensureConsumer({
      stream: streams.jobs.name,
      durable: this.#durable,
      filterSubject: dispatchSubject(this.#work.queue),
    });
  }

  /** Cancels arrive here at once; the heartbeat brings them too, should this message be lost. */
  #watchCancels(): void {
    this.#services.messaging.connection.subscribe(cancelSubject('*'), {
      callback: (error, message) => {
        if (error) return;
        const jobId = message.subject.split('.').at(-1) ?? '';
        this.#running.get(jobId)?.attempt.askToStop('cancelled');
      },
    });
  }

  async #consume(): Promise<void> {
    const { messaging, clock, logger } = this.#services;
    while (!this.#stopping) {
      const free = this.#work.slots - this.#running.size;
      if (free <= 0) {
        await new Promise<void>((resolve) => {
          this.#slotFreed = resolve;
        });
        continue;
      }
      try {
        const consumer = await messaging.jetstream.consumers.get(streams.jobs.name, this.#durable);
        await this.#fetch(consumer, free);
      } catch (error) {
        // The consumer is gone (its store was wiped) or the server is away: make it anew and go on.
        logger.warn({ err: error, queue: this.#work.queue }, 'no jobs can be fetched at the moment');
        await new Promise<void>((resolve) => clock.after(retryMs, resolve));
        await this.#ensureConsumer().catch(() => undefined);
      }
    }
  }

  async #fetch(consumer: Consumer, free: number): Promise<void> {
    const messages = await consumer.fetch({ max_messages: free, expires: fetchMs });
    for await (const message of messages) await this.#take(message);
  }

  async #take(message: JsMsg): Promise<void> {
    const dispatch = dispatchSchema.safeParse(parseJson(message));
    if (!dispatch.success) {
      const text = message.string().slice(0, 200);
      this.#services.logger.error({ text }, 'a wake-up is malformed and is dropped');
      message.term();
      return;
    }
    // A fetch that was on its way when the stop came: the job is for another instance.
    if (this.#stopping) {
      message.nak();
      return;
    }
    const claimed = await this.#work.claim(dispatch.data);
    if (claimed.ok && claimed.value) this.#begin(claimed.value, dispatch.data.job_id);
    if (claimed.ok || isDecided(claimed.refusal)) await message.ackAck().catch(() => undefined);
    else message.nak(retryMs);
  }

  #begin(attempt: GrantedAttempt, jobId: string): void {
    const ended = attempt
      .run()
      .catch((error: unknown) =>
        this.#services.logger.error({ err: error, jobId }, 'an attempt ended unrecorded'),
      )
      .then(() => {
        this.#running.delete(jobId);
        this.#slotFreed?.();
      });
    this.#running.set(jobId, { attempt, ended });
  }
}

/** False while the orchestrator may not even have heard the claim. */
function isDecided(refusal: Refusal): boolean {
  return refusal.code !== 'dependency_unavailable' && refusal.code !== 'internal';
}

function parseJson(message: JsMsg): unknown {
  try {
    return message.json();
  } catch {
    return undefined;
  }
}
