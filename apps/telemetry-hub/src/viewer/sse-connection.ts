import type { ServerResponse } from 'node:http';
import { closeReasons, type Connection } from './connection.ts';

const heartbeat = Buffer.from(': alive\n\n');
const stalledPingsMax = 2;

/** A viewer over Server-Sent Events. It cannot answer, so it counts as dead when the network takes nothing any more. */
export function sseConnection(response: ServerResponse): Connection {
  let stalledPings = 0;
  return {
    kind: 'sse',
    write(bytes) {
      if (response.writable) response.write(bytes);
    },
    bufferedBytes: () => response.writableLength,
    ping() {
      stalledPings = response.writableLength > 0 ? stalledPings + 1 : 0;
      if (stalledPings > stalledPingsMax) return 'dead';
      if (response.writable) response.write(heartbeat);
      return 'alive';
    },
    close(reason) {
      if (response.writable) response.end(`: ${closeReasons[reason].reason}\n\n`);
    },
    destroy: () => void response.destroy(),
    onDrain: (run) => void response.on('drain', run),
    onClose: (run) => void response.on('close', run),
  };
}
