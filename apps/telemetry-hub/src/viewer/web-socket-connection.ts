import type { Socket } from 'node:net';
import type { Clock } from '@spectra/service-kit';
import type { WebSocket } from 'ws';
import { closeReasons, type Connection } from './connection.ts';

/** A viewer has nothing to say; this many messages and pings a window are taken for a mistake, more for an attack. */
const incomingMax = 20;
const incomingWindowMs = 10_000;
const missedPingsMax = 2;
/** After this time without an answer to the closing handshake the socket is cut. */
const closeLimitMs = 2_000;

/**
 * A viewer over WebSocket. Frames that are already whole go straight to the TCP socket: `ws` would build the same
 * header again for every viewer. It writes its own frames (ping, close) in one piece too, so the two cannot mix.
 */
export function webSocketConnection(webSocket: WebSocket, socket: Socket, clock: Clock): Connection {
  let missedPings = 0;
  let incoming = 0;
  let windowFromMs = clock.monotonicMs();

  function countIncoming(): void {
    const nowMs = clock.monotonicMs();
    if (nowMs - windowFromMs > incomingWindowMs) {
      incoming = 0;
      windowFromMs = nowMs;
    }
    incoming += 1;
    if (incoming > incomingMax) close('misbehaved');
  }

  function close(reason: keyof typeof closeReasons): void {
    if (webSocket.readyState !== webSocket.OPEN) return;
    webSocket.close(closeReasons[reason].code, closeReasons[reason].reason);
    clock.after(closeLimitMs, () => webSocket.terminate());
  }

  webSocket.on('message', countIncoming);
  webSocket.on('ping', countIncoming);
  webSocket.on('pong', () => {
    missedPings = 0;
  });
  // A broken or oversized frame ends the connection inside ws; without a listener it would end the process.
  webSocket.on('error', () => webSocket.terminate());

  return {
    kind: 'websocket',
    write(bytes) {
      if (webSocket.readyState === webSocket.OPEN) socket.write(bytes);
    },
    bufferedBytes: () => socket.writableLength,
    ping() {
      if (missedPings >= missedPingsMax) return 'dead';
      missedPings += 1;
      if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
      return 'alive';
    },
    close,
    destroy: () => webSocket.terminate(),
    onDrain: (run) => void socket.on('drain', run),
    onClose: (run) => void webSocket.on('close', run),
  };
}
