import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { rawProblem } from '@spectra/http-kit';
import type { Refusal } from '@spectra/schemas';
import type { Logger } from '@spectra/service-kit';
import { createProxyServer } from 'httpxy';
import { processDoors } from './process-doors.ts';

/** Hands stream connections on to the telemetry hub, byte for byte. */
export type StreamProxy = {
  /** Answers an upgrade request of the HTTP server. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Passes a server-sent-events exchange on. */
  events(request: IncomingMessage, response: ServerResponse): void;
  /** Ends every stream, so that the server can close; viewers come back and resume. */
  close(): void;
};

const streamAddress = new RegExp(
  `^/api/(?:${processDoors.map((door) => door.process).join('|')})/stream/[^/?]+(?:\\?|$)`,
);
const hubAway: Refusal = {
  code: 'dependency_unavailable',
  detail: 'The telemetry hub does not answer at the moment.',
};

/** A proxy to the hub; credentials and permissions are checked there. */
export function createStreamProxy(options: { hubUrl: string; logger: Logger }): StreamProxy {
  const { logger } = options;
  const proxy = createProxyServer({ target: options.hubUrl, ws: true, upgradeTimeout: 10_000 });
  proxy.on('error', (error, _request, answer) => {
    logger.warn({ err: error }, 'a stream could not be passed on to the telemetry hub');
    if (answer instanceof Socket) endSocket(answer, hubAway);
    else if (answer !== undefined) endResponse(answer);
  });
  proxy.on('proxyReqWs', (passedOn, _request, socket) => {
    // A pipe hands an orderly end on, but not an abrupt one: either side's death ends the other.
    passedOn.once('upgrade', (_answer, hubSocket) => {
      socket.once('close', () => hubSocket.destroy());
      hubSocket.once('close', () => socket.destroy());
    });
  });
  // Every failure arrives at the listener above as well.
  const noted = () => undefined;
  const streams = new Set<Duplex>();
  const hold = (socket: Duplex): void => {
    streams.add(socket);
    socket.once('close', () => streams.delete(socket));
  };
  return {
    upgrade(request, socket, head) {
      hold(socket);
      if (!(socket instanceof Socket)) socket.destroy();
      else if (!streamAddress.test(request.url ?? '')) {
        endSocket(socket, { code: 'not_found', detail: 'There is no stream at this address.' });
      } else proxy.ws(request, socket, {}, head).catch(noted);
    },
    events(request, response) {
      hold(request.socket);
      proxy.web(request, response).catch(noted);
    },
    close() {
      for (const socket of streams) socket.destroy();
    },
  };
}

function endSocket(socket: Socket, refusal: Refusal): void {
  if (socket.writable && socket.bytesWritten === 0) socket.end(rawProblem(refusal));
  else socket.destroy();
}

function endResponse(response: ServerResponse): void {
  if (response.headersSent || response.socket === null) response.destroy();
  else endSocket(response.socket, hubAway);
}
