import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import { queuesRpc } from '@spectra/schemas';
import type { Ask } from '../ask.ts';

/** The queues with what the caller's organisation has in them. */
export function queueRoutes(ask: Ask): HttpRoute[] {
  const view = defineRoute({
    method: 'GET',
    url: '/api/queue',
    access: { kind: 'permission', anyOf: ['job:view_status'] },
    organisation: 'collection',
    summary: 'Depth, running jobs, oldest wait, limits and the next start of every queue',
    tag: 'jobs',
    reply: { status: 200, schema: queuesRpc.viewQueues.reply },
    handler: (input) => ask(input, { service: 'jobs', contract: queuesRpc.viewQueues, body: {} }),
  });
  return [view];
}
