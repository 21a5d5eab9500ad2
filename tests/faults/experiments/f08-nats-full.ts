import { jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager, StreamConfig } from '@nats-io/jetstream';
import { DiscardPolicy } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { outboxWaiting } from '../evidence/read-database.ts';
import type { FaultPlatform } from '../platform/fault-platform.ts';
import { pause, seen } from '../until.ts';
import type { Experiment, Round } from './experiment.ts';

/** Streams take nothing more: what cannot be published waits in the outbox and goes out later. */
export const natsFull: Experiment = {
  id: 'F8',
  title: 'NATS store full',
  load: { spreadMs: 5_000 },
  async strike(round) {
    const { platform, draw } = round;
    await pause(draw.between(300, 1_500));
    await withManager(platform, async (manager) => {
      const before = await closeStream(manager, 'RUNS');
      await watchOutbox(round, draw.between(2_000, 6_000));
      await manager.streams.update(before.name, before);
    });
  },
  proof: ({ notes }) => ({ 'messages that waited': notes['messages that waited'] ?? 0 }),
};

async function watchOutbox({ platform, load, noteMost }: Round, forMs: number): Promise<void> {
  load.askNow('ion');
  await seen(async () => (await outboxWaiting(platform)) > 0, 15_000);
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs) {
    noteMost('messages that waited', await outboxWaiting(platform));
    await pause(250);
  }
}

/** The server itself refuses from now on: "maximum bytes exceeded", as it does for a full store. */
async function closeStream(manager: JetStreamManager, name: string): Promise<StreamConfig> {
  const { config, state } = await manager.streams.info(name);
  await manager.streams.update(name, {
    ...config,
    discard: DiscardPolicy.New,
    max_bytes: Math.max(1, state.bytes + 1),
  });
  return config;
}

async function withManager(
  platform: FaultPlatform,
  work: (manager: JetStreamManager) => Promise<void>,
): Promise<void> {
  const connection = await connect({ servers: platform.natsUrl, timeout: 5_000 });
  try {
    await work(await jetstreamManager(connection, { checkAPI: false }));
  } finally {
    await connection.close();
  }
}
