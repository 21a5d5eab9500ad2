import type { JsMsg } from '@nats-io/jetstream';
import type { Messaging } from '@spectra/messaging';
import type { Clock, Logger, Part } from '@spectra/service-kit';
import type { AppendedRun, IngestPosition } from '../store/append-messages.ts';
import type { StreamStore } from '../store/stream-store.ts';
import type { RunMessage } from '../stream/run-stream.ts';
import { parseRunMessage } from './parse-run-message.ts';
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
  clock: Clock;
  logger: Logger;
  /** Gets what was committed, in order; it runs outside the NATS callback. */
  publish(runs: readonly AppendedRun[]): void;
};

export type Ingest = Part & {
  /** Takes in a message of the hub itself: numbered, stored and spread like any other. */
  offer(message: RunMessage): void;
  counts(): IngestCounts;
  /** Messages in the stream server that were not delivered yet; null when it cannot be asked. */
  lag(): Promise<number | null>;
  isReading(): boolean;
};

type Waiting = { message: JsMsg; position: IngestPosition };

/**
 * Reads run messages from the stream server, commits them in groups and hands them on: persisted before sent,
 * acknowledged after the commit. The NATS callback only puts messages in a list; the list is bounded by the
 * consumer's limit of unacknowledged messages.
 */
export function createIngest(options: IngestOptions): Ingest {
  const { store, clock, logger } = options;
  const counts = { stored: 0, repeated: 0, refused: 0 };
  let waiting: Waiting[] = [];
  let own: RunMessage[] = [];
  let reader: RunsReader | null = null;
  let flushing: Promise<void> | null = null;
  let cancelTimer: (() => void) | null = null;
  let lastFlushMs = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let stopped = true;

  function schedule(): void {
    if (stopped || cancelTimer !== null || flushing !== null) return;
    const dueMs = failures === 0 ? lastFlushMs + flushEveryMs - clock.monotonicMs() : retryDelayMs(failures);
    cancelTimer = clock.after(Math.max(0, dueMs), () => {
      cancelTimer = null;
      flushing = flush().finally(() => {
        flushing = null;
        if (waiting.length > 0 || own.length > 0) schedule();
      });
    });
  }

  async function flush(): Promise<void> {
    lastFlushMs = clock.monotonicMs();
    const batch = waiting.slice(0, batchMax);
    const ownBatch = own.slice();
    try {
      const runs = await commit(batch, ownBatch);
      waiting = waiting.slice(batch.length);
      own = own.slice(ownBatch.length);
      failures = 0;
      for (const { message } of batch) message.ack();
      options.publish(runs);
    } catch (error) {
      failures += 1;
      logger.error(
        { err: error, messages: batch.length, failures },
        'a commit failed; it will be tried again',
      );
    }
  }

  async function commit(batch: readonly Waiting[], ownBatch: readonly RunMessage[]): Promise<AppendedRun[]> {
    const position = batch.at(-1)?.position ?? null;
    const messages = [...batch.flatMap(parse), ...ownBatch];
    try {
      return await append(messages, position);
    } catch (error) {
      if (!isDataFault(error)) throw error;
      return appendOneByOne(messages, position);
    }
  }

  async function append(
    messages: readonly RunMessage[],
    position: IngestPosition | null,
  ): Promise<AppendedRun[]> {
    const { runs, repeated } = await store.append(messages, position);
    counts.stored += runs.reduce((sum, run) => sum + run.entries.length, 0);
    counts.repeated += repeated;
    return runs;
  }

  /** One message that Postgres cannot store must not stop all the others for ever. */
  async function appendOneByOne(
    messages: readonly RunMessage[],
    position: IngestPosition | null,
  ): Promise<AppendedRun[]> {
    const runs: AppendedRun[] = [];
    for (const message of messages) {
      try {
        runs.push(...(await append([message], null)));
      } catch (error) {
        if (!isDataFault(error)) throw error;
        refuseMessage(message.runId, String(error));
      }
    }
    await store.append([], position);
    return runs;
  }

  function parse({ message }: Waiting): RunMessage[] {
    const parsed = parseRunMessage({
      subject: message.subject,
      messageId: message.headers?.get('Nats-Msg-Id'),
      storedAt: message.timestamp,
      data: message.data,
    });
    if (!('fault' in parsed)) return [parsed];
    refuseMessage(message.subject, parsed.fault);
    return [];
  }

  function refuseMessage(where: string, fault: string): void {
    counts.refused += 1;
    logger.warn({ where, fault: fault.slice(0, 500) }, 'a run message was refused');
  }

  return {
    name: 'ingest',
    async start() {
      if (!stopped) return;
      stopped = false;
      reader = openRunsReader({
        ...options,
        deliver(message, position) {
          waiting.push({ message, position });
          schedule();
        },
        // What was delivered before and is not committed yet comes again, in order, from the new consumer.
        restart: async () => {
          await flushing;
          waiting = [];
        },
      });
      schedule();
    },
    async stop() {
      if (stopped) return;
      await reader?.close();
      stopped = true;
      cancelTimer?.();
      cancelTimer = null;
      await flushing;
      if (waiting.length > 0 || own.length > 0) await flush();
    },
    offer(message) {
      own.push(message);
      schedule();
    },
    counts: () => ({ ...counts, waiting: waiting.length }),
    lag: async () => (reader === null ? null : reader.lag()),
    isReading: () => reader?.isReading() ?? false,
  };
}

function retryDelayMs(failures: number): number {
  return Math.min(retryMs.most, retryMs.first * 2 ** (failures - 1));
}

/** Postgres' class 22: the value itself cannot be stored. */
function isDataFault(error: unknown): boolean {
  for (let fault = error; fault instanceof Error; fault = fault.cause) {
    if ('code' in fault && typeof fault.code === 'string') return fault.code.startsWith('22');
  }
  return false;
}
