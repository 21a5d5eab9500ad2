import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

/** Messages that were delivered and not acknowledged, over all consumers of both streams. */
export async function pendingAcks(url: string): Promise<number> {
  const connection = await connect({ servers: url, timeout: 5_000 });
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    let pending = 0;
    for (const stream of ['JOBS', 'RUNS']) {
      for await (const consumer of manager.consumers.list(stream)) pending += consumer.num_ack_pending;
    }
    return pending;
  } finally {
    await connection.close();
  }
}
