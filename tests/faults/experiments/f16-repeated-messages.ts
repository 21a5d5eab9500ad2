import { connect, headers, nanos } from '@nats-io/transport-node';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import type { Draw } from '../draw.ts';
import { pause, until } from '../until.ts';
import type { Experiment, Round } from './experiment.ts';

/** Requests of workers that may be heard again, late. Creations are repeated under their key by the clients. */
const repeatedRequests = ['heartbeat', 'finish', 'cancel'];
const repeatMark = 'Fault-Repeat';

/** Every message arrives two to five times, some of them late and behind newer ones: each has one effect. */
export const repeatedMessages: Experiment = {
  id: 'F16',
  title: 'each message delivered 2–5 times, out of order',
  load: { spreadMs: 4_000 },
  async strike(round) {
    const connection = await connect({ servers: round.platform.natsUrl });
    try {
      const restore = await forgetRepeats(connection);
      for (const subject of [
        'fab.>',
        'jobs.dispatch.>',
        ...repeatedRequests.map((verb) => `rpc.jobs.${verb}`),
      ])
        connection.subscribe(subject, {
          callback: (error, message) => {
            if (error === null) void repeat(connection, message, round);
          },
        });
      await round.load.allAsked();
      await until('most runs have ended', () => mostEnded(round), 90_000);
      await pause(round.draw.between(500, 2_000));
      await restore();
    } finally {
      await connection.close();
    }
  },
  proof: ({ notes }) => ({
    'messages repeated': notes['messages repeated'] ?? 0,
    'requests repeated': notes['requests repeated'] ?? 0,
  }),
};

/** The stream's own dedupe window would hide the repeats from those who read it. */
async function forgetRepeats(connection: NatsConnection): Promise<() => Promise<void>> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const { config } = await manager.streams.info('RUNS');
  await manager.streams.update(config.name, { ...config, duplicate_window: nanos(100) });
  return async () => void (await manager.streams.update(config.name, config));
}

async function repeat(connection: NatsConnection, message: Msg, { draw, note }: Round): Promise<void> {
  if (message.headers?.has(repeatMark) === true) return;
  const request = message.subject.startsWith('rpc.');
  const copy = headers();
  for (const [key, values] of message.headers ?? []) for (const value of values) copy.append(key, value);
  copy.set(repeatMark, '1');
  for (let left = draw.between(1, 4); left > 0; left -= 1) {
    await pause(laterMs(draw));
    if (connection.isClosed()) return;
    note(request ? 'requests repeated' : 'messages repeated');
    connection.publish(message.subject, message.data, { headers: copy });
  }
}

function laterMs(draw: Draw): number {
  return draw.happens(0.3) ? draw.between(500, 3_000) : draw.between(120, 400);
}

async function mostEnded({ platform, load }: Round): Promise<boolean> {
  const rows = await platform.sql<{ open: number }>(
    `select count(*)::float8 open from orchestrator.jobs
     where job_id = any($1) and status in ('queued', 'running', 'retrying')`,
    [load.accepted.map((job) => job.jobId)],
  );
  return (rows[0]?.open ?? 0) * 5 <= load.accepted.length;
}
