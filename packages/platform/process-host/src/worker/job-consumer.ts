import { cancelSubject, dispatchSchema, dispatchSubject, jobsRpc, streams } from '@spectra/schemas';
import type { Dispatch } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import type { Part } from '@spectra/service-kit';
import type { Consumer, JsMsg } from '@nats-io/jetstream';
import { RunAttempt } from './run-attempt.ts';
import type { WorkerContext } from './run-attempt.ts';

const fetchMs = 5_000;
const retryMs = 1_000;
const claimTimeoutMs = 5_000;
/** A running attempt may end by itself for this long after a stop signal; then its tool goes to the safe state. */
const drainMs = 15_000;

/**
 * Takes wake-ups from the queue while there are free slots, claims each job, and runs it. The wake-up is acknowledged
 * once the claim is decided: from then on the attempt lives in Postgres, and a lost worker is found by its lease.
 */
export class JobConsumer<T extends ProcessTypes> implements Part {
  readonly name = 'job-consumer';
  readonly #context: WorkerContext<T>;
  readonly #slots: number;
  readonly #workerId: string;
  readonly #running = new Map<string, { attempt: RunAttempt<T>; ended: Promise<void> }>();
  #stopping = false;
  #slotFreed: (() => void) | null = null;

  constructor(context: WorkerContext<T>, worker: { slots: number; workerId: string }) {
    this.#context = context;
    this.#slots = worker.slots;
    this.#workerId = worker.workerId;
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
    const patience = new Promise<void>((resolve) => this.#context.clock.after(drainMs, resolve));
    await Promise.race([ended, patience]);
    for (const { attempt } of this.#running.values()) attempt.reporter.askToStop('service_stopping');
    await Promise.all([...this.#running.values()].map((entry) => entry.ended));
  }

  get #durable(): string {
    return `worker-${this.#context.definition.id}`;
  }

  async #ensureConsumer(): Promise<void> {
    const { messaging, definition } = this.#context;
    await messaging.ensureStreams();
    await messaging.ensureConsumer({
      stream: streams.jobs.name,
      durable: this.#durable,
      filterSubject: dispatchSubject(definition.id),
    });
  }

  /** Cancels arrive here at once; the heartbeat brings them too, should this message be lost. */
  #watchCancels(): void {
    this.#context.messaging.connection.subscribe(cancelSubject('*'), {
      callback: (error, message) => {
        if (error) return;
        const jobId = message.subject.split('.').at(-1) ?? '';
        this.#running.get(jobId)?.attempt.reporter.askToStop('cancelled');
      },
    });
  }

  async #consume(): Promise<void> {
    const { messaging, clock, logger, definition } = this.#context;
    while (!this.#stopping) {
      const free = this.#slots - this.#running.size;
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
        logger.warn({ err: error, process: definition.id }, 'no jobs can be fetched at the moment');
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
      this.#context.logger.error(
        { text: message.string().slice(0, 200) },
        'a wake-up is malformed and is dropped',
      );
      message.term();
      return;
    }
    const claimed = await this.#claim(dispatch.data);
    if (claimed) await message.ackAck().catch(() => undefined);
    else message.nak(retryMs);
  }

  /** True when the orchestrator has decided about the claim, whichever way. */
  async #claim(dispatch: Dispatch): Promise<boolean> {
    const { messaging, logger } = this.#context;
    const { job_id, dispatch: number, traceparent } = dispatch;
    const answer = await messaging.call('jobs', jobsRpc.claim, {
      traceparent,
      body: { job_id, dispatch: number, worker_id: this.#workerId },
      timeoutMs: claimTimeoutMs,
    });
    if (!answer.ok) {
      logger.warn({ job_id, refusal: answer.refusal }, 'the claim was not decided');
      return answer.refusal.code !== 'dependency_unavailable' && answer.refusal.code !== 'internal';
    }
    if (!answer.value.granted) {
      logger.info({ job_id, reason: answer.value.reason }, 'the claim was refused');
      return true;
    }
    const { attempt, lease_token, lease_ttl_ms, spec, checkpoint } = answer.value;
    this.#begin(
      new RunAttempt(this.#context, {
        spec,
        attempt,
        leaseToken: lease_token,
        leaseTtlMs: lease_ttl_ms,
        checkpoint,
      }),
      job_id,
    );
    return true;
  }

  #begin(attempt: RunAttempt<T>, jobId: string): void {
    const ended = attempt
      .run()
      .catch((error: unknown) =>
        this.#context.logger.error({ err: error, jobId }, 'an attempt ended unrecorded'),
      )
      .then(() => {
        this.#running.delete(jobId);
        this.#slotFreed?.();
      });
    this.#running.set(jobId, { attempt, ended });
  }
}

function parseJson(message: JsMsg): unknown {
  try {
    return message.json();
  } catch {
    return undefined;
  }
}
