import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { pause, until } from '../until.ts';
import { openJobs } from './experiment.ts';
import type { Experiment } from './experiment.ts';

/** The stream server comes back empty: streams and consumers are made anew, and what Postgres says is due goes out again. */
export const natsWiped: Experiment = {
  id: 'F6',
  title: 'NATS store wiped while stopped',
  load: { spreadMs: 4_000 },
  async strike({ platform, draw, load, note }) {
    await pause(draw.between(100, 2_500));
    load.askNow('ion');
    note('open jobs at the wipe', await until('a job is open', () => openJobs(platform), 10_000));
    await platform.stopNats('SIGKILL');
    platform.wipeNats();
    const wipedMs = Date.now();
    await pause(draw.between(0, 1_000));
    await platform.startNats();
    await until('the stream is there again', () => madeSince(platform.natsUrl, wipedMs), 30_000);
    note('streams made anew');
  },
  proof: ({ notes }) => ({
    'open jobs at the wipe': notes['open jobs at the wipe'] ?? 0,
    'streams made anew': notes['streams made anew'] ?? 0,
  }),
};

async function madeSince(url: string, sinceMs: number): Promise<boolean> {
  const connection = await connect({ servers: url, timeout: 5_000 });
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const createdMs = await manager.streams.info('RUNS').then(
      (found) => Date.parse(found.created),
      () => 0,
    );
    return createdMs >= sinceMs;
  } finally {
    await connection.close();
  }
}
