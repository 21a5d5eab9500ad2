import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import { accept, refusedMessageSchema, telemetryRpc } from '@spectra/schemas';
import { z } from 'zod';
import type { Ask } from '../ask.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';

const service = 'telemetry';

/** Dead letters of the stream: messages of runs that nobody could use. */
export function refusedMessageRoutes(ask: Ask): HttpRoute[] {
  const list = defineRoute({
    method: 'GET',
    url: '/api/telemetry/dead-letters',
    access: { kind: 'permission', anyOf: ['job:view_status'] },
    organisation: 'collection',
    summary: 'List messages of runs that were refused, with the reason, newest first',
    tag: 'telemetry',
    query: z.strictObject(limitOffset),
    reply: {
      status: 200,
      schema: z.object({ dead_letters: z.array(refusedMessageSchema), ...listFacts }),
    },
    async handler(input) {
      const found = await ask(input, { service, contract: telemetryRpc.listRefused, body: input.query });
      if (!found.ok) return found;
      return accept({ dead_letters: found.value.items, ...factsOf(found.value, input.query) });
    },
  });
  const redrive = defineRoute({
    method: 'POST',
    url: '/api/telemetry/dead-letters/:refused_id/redrive',
    access: { kind: 'permission', anyOf: ['job:retry'] },
    organisation: 'resource',
    summary: 'Send a refused message again, under an id of its own',
    tag: 'telemetry',
    params: z.strictObject({ refused_id: z.uuid() }),
    reply: { status: 202, schema: telemetryRpc.redriveRefused.reply },
    handler: (input) => ask(input, { service, contract: telemetryRpc.redriveRefused, body: input.params }),
  });
  return [list, redrive];
}
