import { EventEmitter } from 'node:events';
import { Logger, makeWorkerUtils, run, type WorkerEvents } from 'graphile-worker';
import type { Peer } from './peer.ts';

const logger = new Logger(() => () => undefined);

/** graphile-worker on Postgres, woken by NOTIFY. */
export const graphileWorkerPeer: Peer = {
  name: 'graphile-worker',
  remark: 'knows no progress: enqueue, claim, finish',
  openClient: async ({ postgresUrl }) => {
    const utils = await makeWorkerUtils({ connectionString: postgresUrl, maxPoolSize: 10, logger });
    await utils.migrate();
    return {
      enqueue: async (sentMs) => void (await utils.addJob('noop', { sentMs })),
      enqueueMany: async (count, sentMs) => {
        const specs = Array.from({ length: count }, () => ({ identifier: 'noop', payload: { sentMs } }));
        await utils.addJobs(specs);
      },
      close: async () => utils.release(),
    };
  },
  startWorker: async ({ postgresUrl }, slots, tells) => {
    const events: WorkerEvents = new EventEmitter();
    events.on('job:complete', () => tells.ended(1));
    await run({
      connectionString: postgresUrl,
      concurrency: slots,
      maxPoolSize: 10,
      noHandleSignals: true,
      logger,
      events,
      taskList: {
        noop: async (payload) => tells.started((payload as { sentMs: number }).sentMs),
      },
    });
  },
};
