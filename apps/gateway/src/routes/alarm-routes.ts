import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import { accept, alertSchema, telemetryRpc } from '@spectra/schemas';
import { z } from 'zod';
import type { Ask } from '../ask.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';

/** Alarms that runs raised. */
export function alarmRoutes(ask: Ask): HttpRoute[] {
  const list = defineRoute({
    method: 'GET',
    url: '/api/alarms',
    access: { kind: 'permission', anyOf: ['spc:view_charts'] },
    organisation: 'collection',
    summary: 'List alarms, newest first',
    tag: 'alarms',
    query: z.strictObject({
      run_id: z.string().min(1).max(64).optional(),
      state: z.enum(['raised', 'acknowledged', 'cleared']).optional(),
      ...limitOffset,
    }),
    reply: { status: 200, schema: z.object({ alarms: z.array(alertSchema), ...listFacts }) },
    async handler(input) {
      const found = await ask(input, {
        service: 'telemetry',
        contract: telemetryRpc.listAlarms,
        body: input.query,
      });
      if (!found.ok) return found;
      return accept({ alarms: found.value.items, ...factsOf(found.value, input.query) });
    },
  });
  return [list];
}
