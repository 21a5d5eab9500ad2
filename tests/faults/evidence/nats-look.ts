import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

/** Messages that were delivered and not acknowledged, over all consumers of all streams. */
export async function pendingAcks(url: string): Promise<number> {
  const connection = await connect({ servers: url, timeout: 5_000 });
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    let pending = 0;
    for await (const { config } of manager.streams.list()) {
      for await (const consumer of manager.consumers.list(config.name)) pending += consumer.num_ack_pending;
    }
    return pending;
  } finally {
    await connection.close();
  }
}
