import { randomBytes } from 'node:crypto';
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
  /** Ends every stream, so that the server can close: viewers are told "going away", come back and resume. */
  close(): Promise<void>;
};

const streamAddress = new RegExp(
  `^/api/(?:${processDoors.map((door) => door.process).join('|')})/stream/[^/?]+(?:\\?|$)`,
);
/** WebSocket's code for an end that says: come back. */
const goingAway = 1001;
/** Streams that did not end in this time are cut. */
const endWithinMs = 1_000;
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
  const hubSides = new Set<Duplex>();
  proxy.on('proxyReqWs', (passedOn, _request, socket) => {
    // A pipe hands an orderly end on, but not an abrupt one: either side's death ends the other.
    passedOn.once('upgrade', (_answer, hubSocket) => {
      hubSides.add(hubSocket);
      socket.once('close', () => hubSocket.destroy());
      hubSocket.once('close', () => {
        hubSides.delete(hubSocket);
        socket.destroy();
      });
    });
  });
  // Every failure arrives at the listener above as well.
  const noted = () => undefined;
  const streams = new Set<Duplex>();
  const upgraded = new WeakSet<Duplex>();
  const hold = (socket: Duplex): void => {
    streams.add(socket);
    socket.once('close', () => streams.delete(socket));
  };
  return {
    upgrade(request, socket, head) {
      hold(socket);
      upgraded.add(socket);
      if (!(socket instanceof Socket)) socket.destroy();
      else if (!streamAddress.test(request.url ?? '')) {
        endSocket(socket, { code: 'not_found', detail: 'There is no stream at this address.' });
      } else proxy.ws(request, socket, {}, head).catch(noted);
    },
    events(request, response) {
      hold(request.socket);
      proxy.web(request, response).catch(noted);
    },
    async close() {
      const ended = Promise.all(
        [...streams].map((socket) => new Promise<void>((done) => void socket.once('close', () => done()))),
      );
      // Said to the hub in the viewer's name: the hub answers the viewer with the same code, at the end of a frame.
      for (const hubSide of hubSides) hubSide.write(closeFrame(goingAway));
      const patience = setTimeout(() => streams.forEach((socket) => socket.destroy()), endWithinMs);
      // Server-sent events have no word for it: they just end.
      for (const socket of streams) if (!upgraded.has(socket)) socket.destroy();
      await ended;
      clearTimeout(patience);
    },
  };
}

/** A client's close frame: masked, as a client's frames must be (RFC 6455, 5.3). */
function closeFrame(code: number): Buffer {
  const mask = randomBytes(4);
  const payload = Buffer.from([code >> 8, code & 0xff]);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x88, 0x80 | payload.length]), mask, masked]);
}

function endSocket(socket: Socket, refusal: Refusal): void {
  if (socket.writable && socket.bytesWritten === 0) socket.end(rawProblem(refusal));
  else socket.destroy();
}

function endResponse(response: ServerResponse): void {
  if (response.headersSent || response.socket === null) response.destroy();
  else endSocket(response.socket, hubAway);
}
