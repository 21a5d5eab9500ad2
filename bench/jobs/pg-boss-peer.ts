import { PgBoss } from 'pg-boss';
import type { Peer } from './peer.ts';

const queueName = 'noop';

/**
 * pg-boss on Postgres, by its own worker at the setting that was fastest here: woken by NOTIFY, as many jobs at a time as
 * there are slots, which it also completes together, and again at once while there are more. It tells nobody when an end
 * is stored, so an end counts as soon as the work of its batch is done.
 */
export const pgBossPeer: Peer = {
  name: 'pg-boss',
  remark: 'knows no progress: enqueue, claim, finish; an end counts before it is stored',
  openClient: async ({ postgresUrl }) => {
    const boss = await start(postgresUrl);
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
    await boss.work<{ sentMs: number }>(
      queueName,
      {
        batchSize: slots,
        burstWhenBatchFull: true,
        notifyPollingIntervalSeconds: 0.5,
        pollingIntervalSeconds: 0.5,
      },
      async (jobs) => {
        for (const job of jobs) tells.started(job.data.sentMs);
        setImmediate(() => tells.ended(jobs.length));
      },
    );
  },
};

async function start(connectionString: string): Promise<PgBoss> {
  const boss = new PgBoss({
    connectionString,
    max: 10,
    supervise: false,
    schedule: false,
    useListenNotify: true,
  });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue(queueName);
  // Whoever made the queue: this one learns of the setting by setting it.
  await boss.updateQueue(queueName, { notify: true });
  return boss;
}
