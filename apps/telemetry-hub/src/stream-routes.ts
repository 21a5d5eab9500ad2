import websocket from '@fastify/websocket';
import { RequestFault } from '@spectra/http-kit';
import { streamQuerySchema, type StreamQuery } from '@spectra/schemas';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { newTraceparent } from '@spectra/service-kit';
import { z } from 'zod';
import type { OpenedStream, OpenStream } from './access/open-stream.ts';
import { startViewer, type ViewerParts } from './viewer/start-viewer.ts';
import { sseConnection } from './viewer/sse-connection.ts';
import { webSocketConnection } from './viewer/web-socket-connection.ts';

/** Viewers that the hub serves at most, in all and of one user. */
type ViewerLimits = { all: number; perUser: number };

type StreamParts = ViewerParts & { openStream: OpenStream; viewerLimits: ViewerLimits };

const paramsSchema = z.object({ process: z.string().max(32), run_id: z.string().min(1).max(64) });
/** Viewers send next to nothing; compressing would cost five times the processor time of sending. */
const webSocketOptions = {
  maxPayload: 16 * 1024,
  maxFragments: 16,
  maxBufferedChunks: 64,
  perMessageDeflate: false,
  clientTracking: false,
};
const lastEventIdSchema = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

/** The two doors of a run's stream, with the same rules of access and the same messages. */
export async function addStreamRoutes(app: FastifyInstance, parts: StreamParts): Promise<void> {
  await app.register(websocket, { options: webSocketOptions });
  const opened = new WeakMap<FastifyRequest, OpenedStream>();
  const schema = { params: paramsSchema, querystring: streamQuerySchema };
  // Refused before the upgrade, so that a client sees a status and a problem document.
  const preHandler = async (request: FastifyRequest): Promise<void> => {
    opened.set(request, await admit(parts, request));
  };
  const admitted = (request: FastifyRequest): OpenedStream => {
    const stream = opened.get(request);
    if (stream === undefined) throw new Error('a stream was opened without access');
    return stream;
  };

  app.get('/api/:process/stream/:run_id', { schema, preHandler, websocket: true }, (webSocket, request) => {
    const connection = webSocketConnection(webSocket, request.raw.socket, parts.clock);
    void startViewer(parts, admitted(request), queryOf(request), connection);
  });

  app.get('/api/:process/runs/:run_id/events', { schema, preHandler }, async (request, reply) => {
    const query = queryOf(request);
    const from = lastEventIdSchema.optional().safeParse(request.headers['last-event-id'] || undefined);
    if (!from.success) {
      throw new RequestFault({
        code: 'malformed_request',
        detail: 'Last-Event-ID is no number of this stream.',
      });
    }
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    const wanted = { ...query, from: from.data ?? query.from };
    await startViewer(parts, admitted(request), wanted, sseConnection(reply.raw));
  });
}

async function admit(parts: StreamParts, request: FastifyRequest): Promise<OpenedStream> {
  const { process, run_id } = request.params as z.infer<typeof paramsSchema>;
  const query = queryOf(request);
  if (parts.liveRuns.countViewers() >= parts.viewerLimits.all) {
    throw new RequestFault({
      code: 'dependency_unavailable',
      detail: 'The hub serves as many viewers as it may.',
    });
  }
  const stream = await parts.openStream({
    process,
    runId: run_id,
    origin: request.headers.origin,
    authorization: request.headers.authorization,
    ticket: query.ticket,
    token: query.token,
    traceparent: traceparentOf(request),
  });
  if (!stream.ok) throw new RequestFault(stream.refusal);
  if (parts.liveRuns.countViewersOf(stream.value.caller.userId) >= parts.viewerLimits.perUser) {
    throw new RequestFault({ code: 'rate_limited', detail: 'This user has too many streams open.' });
  }
  return stream.value;
}

function traceparentOf(request: FastifyRequest): string {
  const given = request.headers['traceparent'];
  return typeof given === 'string' ? given : newTraceparent();
}

/** The schema of the route has parsed it. */
function queryOf(request: FastifyRequest): StreamQuery {
  return request.query as StreamQuery;
}
