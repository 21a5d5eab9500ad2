import { randomUUID } from 'node:crypto';
import { connectMessaging, type Messaging } from '@spectra/messaging';
import { localObjectStore } from '@spectra/object-store';
import { serveTools, serviceTool, ThreadPool } from '@spectra/process-host';
import { accept, toolJobsRpc, type Caller } from '@spectra/schemas';
import { createLogger, systemClock, type Logger } from '@spectra/service-kit';
import type { Peer, WorkerTells } from './peer.ts';

const logger: Logger = createLogger({ service: 'bench', level: 'warn' });
const caller: Caller = { orgId: randomUUID(), userId: 'bench', role: 'engineer' };

/** Ours: a job of the tool registry, asked for as the gateway does, done by the process host of every service. */
export const spectraPeer: Peer = {
  name: 'SPECTRA',
  remark: 'Postgres and NATS; every step durable before it is acknowledged',
  openClient: async ({ natsUrl }) => {
    const messaging = await connectMessaging({ url: natsUrl, name: 'bench-client', logger });
    return {
      enqueue: (sentMs) => create(messaging, sentMs),
      enqueueMany: async (count, sentMs) => {
        await Promise.all(Array.from({ length: count }, () => create(messaging, sentMs)));
      },
      close: () => messaging.close(),
    };
  },
  startWorker: async ({ natsUrl }, slots, tells) => {
    const messaging = tellingEnds(
      await connectMessaging({ url: natsUrl, name: 'bench-worker', logger }),
      tells,
    );
    const pool = new ThreadPool({ file: new URL('tool-thread.ts', import.meta.url), size: 1, logger });
    const objectStore = localObjectStore({ folder: '/nowhere', secret: 's'.repeat(32), baseUrl: '' });
    const noop = serviceTool('ping', async ({ params }, work) => {
      tells.started(Number(params.message));
      await work.record(0.5, 'Half done');
      return accept({ pong: true, message: null });
    });
    const workerId = `bench-${randomUUID()}`;
    const context = { messaging, clock: systemClock, logger, objectStore, pool };
    for (const part of serveTools(context, [noop], { slots, workerId }).parts) await part.start();
  },
};

async function create(messaging: Messaging, sentMs: number): Promise<void> {
  const answer = await messaging.call('jobs', toolJobsRpc.createToolJob, {
    caller,
    body: { tool: 'ping', params: { message: String(sentMs) }, ttl_hours: 24, priority: 0 },
    timeoutMs: 30_000,
  });
  if (!answer.ok) throw new Error(`a job was refused: ${answer.refusal.code}: ${answer.refusal.detail}`);
}

/** Tells each acknowledged end: the worker itself has nobody to tell it to. */
function tellingEnds(messaging: Messaging, tells: WorkerTells): Messaging {
  return {
    ...messaging,
    call: async (service, contract, request) => {
      const answer = await messaging.call(service, contract, request);
      if (contract.verb === 'finish' && answer.ok) tells.ended(1);
      return answer;
    },
  };
}
