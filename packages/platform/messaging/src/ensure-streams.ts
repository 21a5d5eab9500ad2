import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { streams } from '@spectra/schemas';
import type { DurableConsumer } from './messaging.ts';

const hourMs = 3_600_000;
const mebibyte = 2 ** 20;
/** JetStream's own codes: the name is taken with other settings; there is no such thing. */
const notFound = new Set([10_059, 10_014]);

type Settings = Partial<StreamConfig> & Pick<StreamConfig, 'name'>;

/** Live and recent run data: readers keep their own place, old data goes by age and size. */
const runsStream: Settings = {
  name: streams.runs.name,
  subjects: [...streams.runs.subjects],
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.Old,
  max_age: nanos(7 * 24 * hourMs),
  max_bytes: 2048 * mebibyte,
  duplicate_window: nanos(120_000),
};

/** Creates the stream or updates it in place; several services may do so at the same time. */
export async function ensureStreams(manager: JetStreamManager): Promise<void> {
  await createOrUpdate(
    () => manager.streams.update(runsStream.name, runsStream),
    () => manager.streams.add(runsStream),
  );
}

/** Creates a durable pull consumer or updates what may change; where it begins is fixed by its creation. */
export async function ensureConsumer(manager: JetStreamManager, consumer: DurableConsumer): Promise<void> {
  const changeable = {
    ack_wait: nanos(consumer.ackWaitMs ?? 30_000),
    max_ack_pending: consumer.maxAckPending ?? 1000,
    filter_subject: consumer.filterSubject,
  };
  await createOrUpdate(
    () => manager.consumers.update(consumer.stream, consumer.durable, changeable),
    () =>
      manager.consumers.add(consumer.stream, {
        ...changeable,
        durable_name: consumer.durable,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: consumer.deliver === 'new' ? DeliverPolicy.New : DeliverPolicy.All,
      }),
  );
}

async function createOrUpdate(update: () => Promise<unknown>, create: () => Promise<unknown>): Promise<void> {
  try {
    await update();
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || !notFound.has(error.code)) throw error;
    try {
      await create();
    } catch {
      // Another service made it meanwhile, or the fault is real and shows again.
      await update();
    }
  }
}
