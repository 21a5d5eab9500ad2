import { AckPolicy, DeliverPolicy, type JetStreamManager } from '@nats-io/jetstream';
import { streams } from '@spectra/schemas';
import { consumerOf, subjectsOf, type Reader } from './nats-access.ts';

const ackWaitNs = 60_000_000_000;

/**
 * Makes the durable consumer of a reader, as the services' user; repeating it is fine. The reader itself can neither
 * make nor change one, so its filter cannot be widened.
 */
export async function ensureReaderConsumer(
  manager: JetStreamManager,
  reader: Pick<Reader, 'name' | 'org_id'>,
): Promise<void> {
  await manager.consumers.add(streams.runs.name, {
    durable_name: consumerOf(reader),
    filter_subject: subjectsOf(reader),
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: ackWaitNs,
    max_ack_pending: 1_000,
  });
}
