import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { connectMessaging, type Messaging } from '@spectra/messaging';
import { localObjectStore } from '@spectra/object-store';
import { serveTools, serviceTool, ThreadPool } from '@spectra/process-host';
import { accept, batchRpc, toolJobsRpc, type Caller } from '@spectra/schemas';
import { createLogger, systemClock, type Logger } from '@spectra/service-kit';
import type { Peer, WorkerTells } from './peer.ts';

const logger: Logger = createLogger({ service: 'bench', level: 'warn' });
/** In whose name the comparison asks; the organisation is the same in every process. */
export const benchCaller: Caller = {
  orgId: '5bec74a0-0000-4000-8000-000000000001',
  userId: 'bench',
  role: 'engineer',
};

/** Ours: a job of the tool registry, asked for as the gateway does, done by the process host of every service. */
export const spectraPeer: Peer = {
  name: 'SPECTRA',
  remark: 'Postgres and NATS; every step durable before it is acknowledged',
  openClient: async ({ natsUrl }) => {
    const messaging = await connectMessaging({ url: natsUrl, name: 'bench-client', logger });
    return {
      enqueue: async (sentMs) => void (await createNoop(messaging, benchCaller, String(sentMs))),
      enqueueMany: (count, sentMs) => createNoops(messaging, count, String(sentMs)),
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
      const [sentMs, workMs] = (params.message ?? '').split('/').map(Number);
      tells.started(sentMs ?? 0);
      work.record(0.5, 'Half done');
      // The comparison works nothing; the stress asks for some time on a slot.
      if (workMs !== undefined) await wait(workMs);
      return accept({ pong: true, message: null });
    });
    const workerId = `bench-${randomUUID()}`;
    const context = { messaging, clock: systemClock, logger, objectStore, pool };
    for (const part of serveTools(context, [noop], { slots, workerId }).parts) await part.start();
  },
};

/** Asks for a no-op as the gateway asks for a job of a tool; answers its id. */
export async function createNoop(messaging: Messaging, as: Caller, message: string): Promise<string> {
  const answer = await messaging.call('jobs', toolJobsRpc.createToolJob, {
    caller: as,
    body: { tool: 'ping', params: { message }, ttl_hours: 24, priority: 0 },
    timeoutMs: 30_000,
  });
  if (!answer.ok) throw new Error(`a job was refused: ${answer.refusal.code}: ${answer.refusal.detail}`);
  return answer.value.job_id;
}

/** Asks for so many at once, as the gateway does for a batch. */
async function createNoops(messaging: Messaging, count: number, message: string): Promise<void> {
  const wanted = { tool: 'ping', params: { message }, ttl_hours: 24, priority: 0 } as const;
  const answer = await messaging.call('jobs', batchRpc.createToolJobs, {
    caller: benchCaller,
    body: {
      mode: 'all_or_nothing',
      items: Array.from({ length: count }, () => ({ key: null, item: { wanted } })),
    },
    timeoutMs: 30_000,
  });
  if (!answer.ok) throw new Error(`a batch was refused: ${answer.refusal.code}: ${answer.refusal.detail}`);
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
