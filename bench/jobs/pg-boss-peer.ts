import { setTimeout as wait } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import type { Peer } from './peer.ts';

const queueName = 'noop';
const idleMs = 5;

/**
 * pg-boss on Postgres. Its worker loop polls every half second at best and tells nobody when an end is stored, so
 * this one fetches by itself: as many as there are free slots, again at once, and every 5 ms when there are none.
 */
export const pgBossPeer: Peer = {
  name: 'pg-boss',
  remark: 'knows no progress: enqueue, claim, finish; fetched without its half second of polling',
  openClient: async ({ postgresUrl }) => {
    const boss = await start(postgresUrl);
    await boss.createQueue(queueName);
    return {
      enqueue: async (sentMs) => void (await boss.send(queueName, { sentMs })),
      enqueueMany: async (count, sentMs) => {
        await boss.insert(
          queueName,
          Array.from({ length: count }, () => ({ data: { sentMs } })),
        );
      },
      close: () => boss.stop({ graceful: false }),
    };
  },
  startWorker: async ({ postgresUrl }, slots, tells) => {
    const boss = await start(postgresUrl);
    await boss.createQueue(queueName);
    let free = slots;
    const work = async (id: string, sentMs: number): Promise<void> => {
      tells.started(sentMs);
      await boss.complete(queueName, id);
      free += 1;
      tells.ended(1);
    };
    const loop = async (): Promise<never> => {
      for (;;) {
        const jobs = free > 0 ? await boss.fetch<{ sentMs: number }>(queueName, { batchSize: free }) : [];
        free -= jobs.length;
        for (const job of jobs) void work(job.id, job.data.sentMs);
        if (jobs.length === 0) await wait(idleMs);
      }
    };
    void loop();
  },
};

async function start(connectionString: string): Promise<PgBoss> {
  const boss = new PgBoss({ connectionString, max: 10, supervise: false, schedule: false });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  return boss;
}
