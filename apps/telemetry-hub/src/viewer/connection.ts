import type { FrameKind } from './frames.ts';

/** Why the hub ends a connection; the numbers are WebSocket close codes, SSE readers get the reason as a comment. */
export const closeReasons = {
  ended: { code: 1000, reason: 'the run has ended' },
  stopping: { code: 1001, reason: 'the hub stops; resume' },
  misbehaved: { code: 1008, reason: 'too many messages' },
  failed: { code: 1011, reason: 'the hub failed; resume' },
  tooSlow: { code: 1013, reason: 'too far behind; resume' },
  expired: { code: 4401, reason: 'the token has expired; resume with a new one' },
} as const;
export type CloseReason = keyof typeof closeReasons;

/** One reader's connection, WebSocket or SSE. Writing after its end does nothing. */
export type Connection = {
  kind: FrameKind;
  write(bytes: Buffer): void;
  /** Bytes written that the network has not taken yet. */
  bufferedBytes(): number;
  /** Asks the reader for a sign of life where the protocol knows one; `dead` when two were not answered. */
  ping(): 'alive' | 'dead';
  close(reason: CloseReason): void;
  /** Cuts the connection without a farewell. */
  destroy(): void;
  onDrain(run: () => void): void;
  onClose(run: () => void): void;
};
