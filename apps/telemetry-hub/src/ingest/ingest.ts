import type { JsMsg } from '@nats-io/jetstream';
import type { Messaging } from '@spectra/messaging';
import type { Clock, Logger, Part } from '@spectra/service-kit';
import type { AppendedRun, IngestPosition } from '../store/append-messages.ts';
import { sqlStateOf } from '../store/sql-state.ts';
import type { Refused, RefusedMessages } from '../store/refused-messages.ts';
import type { StreamStore } from '../store/stream-store.ts';
import type { RunMessage } from '../stream/run-stream.ts';
import { orgOf, parseRunMessage } from './parse-run-message.ts';
import { openRunsReader, type RunsReader } from './runs-reader.ts';

/** Time between two commits under load; an idle hub commits a message at once. */
const flushEveryMs = 40;
/** Messages of one commit at most. */
const batchMax = 2_000;
/** Pause after a failed commit, doubled up to the limit. */
const retryMs = { first: 100, most: 5_000 };

export type IngestCounts = {
  stored: number;
  repeated: number;
  refused: number;
  /** Messages read but not committed. */
  waiting: number;
};

export type IngestOptions = {
  messaging: Messaging;
  store: StreamStore;
  /** Where what cannot be used is kept. */
  refused: Pick<RefusedMessages, 'keep'>;
  clock: Clock;
  logger: Logger;
  /** Gets what was committed, in order; it runs outside the NATS callback. */
  publish: (runs: readonly AppendedRun[]) => void;
};

type Waiting = { message: JsMsg; position: IngestPosition };

/**
 * Reads run messages from the stream server, commits them in groups and hands them on: persisted before sent,
 * acknowledged after the commit. The NATS callback only puts messages in a list; the list is bounded by the
 * consumer's limit of unacknowledged messages.
 */
export class Ingest implements Part {
  readonly name = 'ingest';
  readonly #options: IngestOptions;
  readonly #counts = { stored: 0, repeated: 0, refused: 0 };
  #waiting: Waiting[] = [];
  #own: RunMessage[] = [];
  #reader: RunsReader | null = null;
  #flushing: Promise<void> | null = null;
  #cancelTimer: (() => void) | null = null;
  #lastFlushMs = Number.NEGATIVE_INFINITY;
  #failures = 0;

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#reader ??= openRunsReader({
      ...this.#options,
      deliver: (message, position) => {
        this.#waiting.push({ message, position });
        this.#schedule();
      },
      // What was delivered before and is not committed yet comes again, in order, from the new consumer.
      restart: async () => {
        await this.#flushing;
        this.#waiting = [];
      },
    });
    this.#schedule();
  }

  async stop(): Promise<void> {
    const reader = this.#reader;
    if (reader === null) return;
    this.#reader = null;
    await reader.close();
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    await this.#flushing;
    if (this.#hasWork()) await this.#flush();
  }

  /** Takes in a message of the hub itself: numbered, stored and spread like any other. */
  offer(message: RunMessage): void {
    this.#own.push(message);
    this.#schedule();
  }

  counts(): IngestCounts {
    return { ...this.#counts, waiting: this.#waiting.length };
  }

  /** Messages in the stream server that were not delivered yet; null when it cannot be asked. */
  async lag(): Promise<number | null> {
    return this.#reader === null ? null : this.#reader.lag();
  }

  isReading(): boolean {
    return this.#reader?.isReading() ?? false;
  }

  #hasWork(): boolean {
    return this.#waiting.length > 0 || this.#own.length > 0;
  }

  #schedule(): void {
    if (this.#reader === null || this.#cancelTimer !== null || this.#flushing !== null) return;
    if (!this.#hasWork()) return;
    const { clock } = this.#options;
    const sinceLastMs = clock.monotonicMs() - this.#lastFlushMs;
    const delayMs = this.#failures === 0 ? flushEveryMs - sinceLastMs : retryDelayMs(this.#failures);
    this.#cancelTimer = clock.after(Math.max(0, delayMs), () => {
      this.#cancelTimer = null;
      this.#flushing = this.#flush().finally(() => {
        this.#flushing = null;
        this.#schedule();
      });
    });
  }

  async #flush(): Promise<void> {
    const { clock, logger, publish } = this.#options;
    this.#lastFlushMs = clock.monotonicMs();
    const batch = this.#waiting.slice(0, batchMax);
    const own = this.#own.slice();
    try {
      const runs = await this.#commit(batch, own);
      this.#waiting = this.#waiting.slice(batch.length);
      this.#own = this.#own.slice(own.length);
      this.#failures = 0;
      // Acknowledges everything before it too.
      batch.at(-1)?.message.ack();
      publish(runs);
    } catch (error) {
      this.#failures += 1;
      const facts = { err: error, messages: batch.length, failures: this.#failures };
      logger.error(facts, 'a commit failed; it will be tried again');
    }
  }

  async #commit(batch: readonly Waiting[], own: readonly RunMessage[]): Promise<AppendedRun[]> {
    const position = batch.at(-1)?.position ?? null;
    const refused: Refused[] = [];
    const messages = [...batch.flatMap((waiting) => this.#parse(waiting, refused)), ...own];
    // Before the position moves on: a message is in its run's stream or among the dead letters, never nowhere.
    if (refused.length > 0) await this.#options.refused.keep(refused);
    try {
      return await this.#append(messages, position);
    } catch (error) {
      if (!isDataFault(error)) throw error;
      return this.#appendOneByOne(messages, position);
    }
  }

  async #append(messages: readonly RunMessage[], position: IngestPosition | null): Promise<AppendedRun[]> {
    const { runs, repeated } = await this.#options.store.append(messages, position);
    this.#counts.stored += runs.reduce((sum, run) => sum + run.entries.length, 0);
    this.#counts.repeated += repeated;
    return runs;
  }

  /** One message that Postgres cannot store must not stop all the others for ever. */
  async #appendOneByOne(
    messages: readonly RunMessage[],
    position: IngestPosition | null,
  ): Promise<AppendedRun[]> {
    const runs: AppendedRun[] = [];
    for (const message of messages) {
      try {
        runs.push(...(await this.#append([message], null)));
      } catch (error) {
        if (!isDataFault(error)) throw error;
        this.#refuse(message.runId, String(error));
      }
    }
    await this.#options.store.append([], position);
    return runs;
  }

  #parse({ message, position }: Waiting, refused: Refused[]): RunMessage[] {
    const parsed = parseRunMessage({
      subject: message.subject,
      messageId: message.headers?.get('Nats-Msg-Id'),
      storedAt: message.timestamp,
      data: message.data,
    });
    if (!('fault' in parsed)) return [parsed];
    this.#refuse(message.subject, parsed.fault);
    const orgId = orgOf(message.subject);
    const { created, sequence } = position;
    const { subject, data: payload } = message;
    if (orgId !== null) refused.push({ orgId, created, sequence, subject, reason: parsed.fault, payload });
    return [];
  }

  #refuse(where: string, fault: string): void {
    this.#counts.refused += 1;
    this.#options.logger.warn({ where, fault: fault.slice(0, 500) }, 'a run message was refused');
  }
}

function retryDelayMs(failures: number): number {
  return Math.min(retryMs.most, retryMs.first * 2 ** (failures - 1));
}

/** Postgres' class 22: the value itself cannot be stored. */
function isDataFault(error: unknown): boolean {
  return sqlStateOf(error)?.startsWith('22') ?? false;
}
