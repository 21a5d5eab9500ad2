import { defineRawRoute, defineRoute, type HttpRoute } from '@spectra/http-kit';
import { can } from '@spectra/policy';
import { accept, jobsRpc, refuse, streamTicketRequestSchema, streamTicketSchema } from '@spectra/schemas';
import { z } from 'zod';
import type { Ask } from '../ask.ts';
import type { Tokens } from '../identity/tokens.ts';
import { doorOf, processDoors, type ProcessDoor } from '../process-doors.ts';
import type { StreamProxy } from '../stream-proxy.ts';

type Parts = { ask: Ask; tokens: Tokens; proxy: StreamProxy; publicUrl: string };

const runParams = z.strictObject({ run_id: z.string().min(1).max(64) });
/** The hub reads its own query; the gateway only lets it through. */
const anyQuery = z.record(z.string(), z.string());

/** Live streams: tickets here, the streams themselves at the telemetry hub. */
export function streamRoutes(parts: Parts): HttpRoute[] {
  return [
    streamTicket(parts),
    ...processDoors.flatMap((door) => [webSocket(door), serverSentEvents(door, parts.proxy)]),
  ];
}

function streamTicket({ ask, tokens, publicUrl }: Parts): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/api/stream-tickets',
    access: { kind: 'permission', anyOf: ['ion:view_telemetry', 'rtp:view_telemetry'] },
    organisation: 'resource',
    effect: 'read',
    rate: 'read',
    summary: 'A ticket that opens the stream of one run once, within half a minute',
    tag: 'streams',
    body: streamTicketRequestSchema,
    example: { body: { run_id: 'ION-20260101-0A1B2C3D' } },
    reply: { status: 201, schema: streamTicketSchema },
    async handler(input) {
      const { caller } = input.principal;
      const run = await ask(input, {
        service: 'jobs',
        contract: jobsRpc.getRun,
        body: { run_id: input.body.run_id },
      });
      if (!run.ok) return run;
      const { run_id, process } = run.value;
      const door = doorOf(process);
      if (door === null || !can(caller, door.permissions.viewTelemetry)) {
        return refuse(
          'permission_denied',
          `Permission denied: ${door?.permissions.viewTelemetry ?? process}`,
        );
      }
      const grant = { userId: caller.userId, orgId: caller.orgId, role: caller.role, runId: run_id, process };
      const { ticket, expiresAt } = tokens.issueStreamTicket(grant);
      return accept({
        ticket,
        run_id,
        expires_at: expiresAt.toISOString(),
        websocket_url: `${publicUrl.replace(/^http/, 'ws')}/api/${process}/stream/${run_id}?ticket=${ticket}`,
        sse_url: `${publicUrl}/api/${process}/runs/${run_id}/events?ticket=${ticket}`,
      });
    },
  });
}

/** Upgrades never reach this route; a plain request learns how to come in. */
function webSocket(door: ProcessDoor): HttpRoute {
  return defineRawRoute({
    method: 'GET',
    url: `/api/${door.process}/stream/:run_id`,
    access: { kind: 'delegated', to: 'telemetry hub', anyOf: [door.permissions.viewTelemetry] },
    organisation: 'resource',
    summary: `${door.title}: live stream of a run by WebSocket`,
    tag: 'streams',
    params: runParams,
    query: anyQuery,
    reply: { status: 101, mediaType: 'application/json' },
    handler: async () => refuse('upgrade_required', 'Open this address as a WebSocket.'),
  });
}

function serverSentEvents(door: ProcessDoor, proxy: StreamProxy): HttpRoute {
  return defineRawRoute({
    method: 'GET',
    url: `/api/${door.process}/runs/:run_id/events`,
    access: { kind: 'delegated', to: 'telemetry hub', anyOf: [door.permissions.viewTelemetry] },
    organisation: 'resource',
    summary: `${door.title}: live stream of a run by server-sent events`,
    tag: 'streams',
    params: runParams,
    query: anyQuery,
    reply: { status: 200, mediaType: 'text/event-stream' },
    async handler(_input, { request, reply }) {
      reply.hijack();
      proxy.events(request.raw, reply.raw);
      return accept({ kind: 'sent' });
    },
  });
}
