import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Peer, PeerServers } from './peer.ts';

const queueName = 'noop';

/** BullMQ on Redis; ended jobs are removed, as its manual advises for speed. */
export const bullmqPeer: Peer = {
  name: 'BullMQ',
  remark: 'Redis, AOF everysec',
  openClient: async (servers) => {
    const connection = connect(servers);
    const queue = new Queue(queueName, { connection, defaultJobOptions: { removeOnComplete: true } });
    await queue.waitUntilReady();
    return {
      enqueue: async (sentMs) => void (await queue.add('noop', { sentMs })),
      enqueueMany: async (count, sentMs) => {
        await queue.addBulk(Array.from({ length: count }, () => ({ name: 'noop', data: { sentMs } })));
      },
      close: async () => {
        await queue.close();
        connection.disconnect();
      },
    };
  },
  startWorker: async (servers, slots, tells) => {
    const worker = new Worker<{ sentMs: number }>(
      queueName,
      async (job) => {
        tells.started(job.data.sentMs);
        await job.updateProgress(50);
      },
      { connection: connect(servers), concurrency: slots },
    );
    worker.on('completed', () => tells.ended(1));
    await worker.waitUntilReady();
  },
};

function connect({ redisPort }: PeerServers): Redis {
  return new Redis({ host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null });
}
