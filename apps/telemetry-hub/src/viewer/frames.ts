import type { StreamEntry } from '../stream/run-stream.ts';

/** How a message looks on each kind of connection. */
export type FrameKind = 'websocket' | 'sse';

/** Consecutive messages of one run, encoded once for each kind of connection, however many viewers there are. */
export type Block = {
  fromSeq: number;
  toSeq: number;
  entries: readonly StreamEntry[];
  frames(kind: FrameKind): Buffer;
};

/** Makes a block of messages that follow one another; there must be at least one. */
export function createBlock(entries: readonly StreamEntry[]): Block {
  const first = entries[0];
  const last = entries.at(-1);
  if (first === undefined || last === undefined) throw new Error('a block needs a message');
  const cache = new Map<FrameKind, Buffer>();
  return {
    fromSeq: first.seq,
    toSeq: last.seq,
    entries,
    frames(kind) {
      const known = cache.get(kind);
      if (known !== undefined) return known;
      const frames = Buffer.concat(entries.map((entry) => frameOf(kind, entry)));
      cache.set(kind, frames);
      return frames;
    },
  };
}

/** The bytes of one message; without a number an SSE reader keeps its last one. */
export function frameOf(kind: FrameKind, message: { text: string; seq: number | null }): Buffer {
  if (kind === 'websocket') return webSocketFrame(message.text);
  const id = message.seq === null ? '' : `id: ${message.seq}\n`;
  return Buffer.from(`${id}data: ${message.text}\n\n`);
}

/** A whole, unmasked text frame (RFC 6455 section 5.2): servers do not mask, and nothing here is compressed. */
function webSocketFrame(text: string): Buffer {
  const lengthBytes = Buffer.byteLength(text);
  const headerBytes = lengthBytes < 126 ? 2 : lengthBytes < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerBytes + lengthBytes);
  frame[0] = 0x81;
  if (headerBytes === 2) frame[1] = lengthBytes;
  else if (headerBytes === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(lengthBytes, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(lengthBytes), 2);
  }
  frame.write(text, headerBytes);
  return frame;
}
