import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiError,
  type ConsumerMessages,
  type JsMsg,
} from '@nats-io/jetstream';
import type { Messaging } from '@spectra/messaging';
import { streams } from '@spectra/schemas';
import type { Clock, Logger } from '@spectra/service-kit';
import type { IngestPosition } from '../store/append-messages.ts';
import type { StreamStore } from '../store/stream-store.ts';

/** Name of the hub's durable consumer. */
const hubConsumer = 'telemetry-hub';

/** Delivered and not acknowledged messages at most: what the hub holds in memory. */
const unacknowledgedMax = 8_192;
const ackWaitMs = 60_000;
/** Pause before the consumer is opened again, doubled up to the limit. */
const reopenMs = { first: 100, most: 5_000 };
/** JetStream's code for "no such consumer". */
const consumerNotFound = 10_014;

export type RunsReader = {
  lag(): Promise<number | null>;
  isReading(): boolean;
  close(): Promise<void>;
};

type ReaderOptions = {
  messaging: Messaging;
  store: StreamStore;
  clock: Clock;
  logger: Logger;
  /** Gets each message once per opening, in the order of the stream. */
  deliver: (message: JsMsg, position: IngestPosition) => void;
  /** Called before each opening: everything after the committed position comes (again). */
  restart: () => Promise<void>;
};

type Opened = { messages: ConsumerMessages; failed: Promise<string> };

/**
 * Reads the stream RUNS from the committed position on, in order, and opens anew when the consumer is gone, a message
 * was lost on its way, or the stream was wiped. Each opening makes the durable consumer afresh at that position: left
 * as it was, it would deliver what a killed hub had in hand only after its time-out, behind newer messages.
 */
export function openRunsReader(options: ReaderOptions): RunsReader {
  const { logger, clock, messaging } = options;
  let current: Opened | null = null;
  const closing = Promise.withResolvers<string>();
  let closed = false;

  async function readUntilFailure(): Promise<void> {
    await options.restart();
    const opened = await openConsumer(options);
    current = opened;
    const reason = await Promise.race([opened.failed, closing.promise]);
    current = null;
    await opened.messages.close();
    if (!closed) logger.warn({ reason }, 'reading RUNS stopped; opening it again');
  }

  async function keepReading(): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      try {
        await readUntilFailure();
        failures = 0;
      } catch (error) {
        if (!closed) logger.warn({ err: error }, 'RUNS cannot be read at the moment');
      }
      if (closed) return;
      const delayMs = Math.min(reopenMs.most, reopenMs.first * 2 ** failures);
      const pause = new Promise<void>((resolve) => void clock.after(delayMs, resolve));
      await Promise.race([pause, closing.promise]);
    }
  }

  const running = keepReading();
  return {
    isReading: () => current !== null && messaging.isConnected(),
    async lag() {
      try {
        return (await messaging.manager.consumers.info(streams.runs.name, hubConsumer)).num_pending;
      } catch {
        return null;
      }
    },
    async close() {
      closed = true;
      closing.resolve('closed');
      await running;
    },
  };
}

async function openConsumer({ messaging, store, deliver }: ReaderOptions): Promise<Opened> {
  const stream = streams.runs.name;
  await messaging.ensureStreams();
  const { created, state } = await messaging.manager.streams.info(stream);
  const position = await store.readPosition(stream);
  const sameStream = position?.created === created && position.sequence <= state.last_seq;
  await makeConsumer(messaging, sameStream ? position.sequence + 1 : 1);
  const consumer = await messaging.jetstream.consumers.get(stream, hubConsumer);
  const failed = Promise.withResolvers<string>();
  let broken = false;
  const fail = (reason: string): void => {
    broken = true;
    failed.resolve(reason);
  };
  let lastSequence = sameStream ? position.sequence : 0;
  let lastDelivery = 0;
  const messages = await consumer.consume({
    max_messages: unacknowledgedMax / 2,
    callback: (message) => {
      const expected = lastDelivery + 1;
      lastDelivery = message.info.deliverySequence;
      if (lastDelivery !== expected) fail('a message was lost on its way');
      // Delivered a second time while its commit takes long: the first copy is still in hand.
      if (broken || message.seq <= lastSequence) return;
      lastSequence = message.seq;
      deliver(message, { stream, created, sequence: message.seq });
    },
  });
  void watch(messages, fail);
  return { messages, failed: failed.promise };
}

async function makeConsumer(messaging: Messaging, fromSequence: number): Promise<void> {
  const { consumers } = messaging.manager;
  try {
    await consumers.delete(streams.runs.name, hubConsumer);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== consumerNotFound) throw error;
  }
  await consumers.add(streams.runs.name, {
    durable_name: hubConsumer,
    // Messages are committed in their order, so one acknowledgement a commit says it all.
    ack_policy: AckPolicy.All,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: fromSequence,
    ack_wait: ackWaitMs * 1_000_000,
    max_ack_pending: unacknowledgedMax,
  });
}

/** A deleted consumer does not throw; only its status tells. */
async function watch(messages: ConsumerMessages, fail: (reason: string) => void): Promise<void> {
  void messages.closed().then(() => fail('closed'));
  for await (const status of messages.status()) {
    if (
      status.type === 'consumer_not_found' ||
      status.type === 'stream_not_found' ||
      status.type === 'consumer_deleted'
    ) {
      fail(status.type);
      return;
    }
  }
}
