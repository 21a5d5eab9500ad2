import type { StreamMessageType } from '@spectra/schemas';
import { streamBodyOf, type RunPayload, type StreamBody } from './stream-body.ts';

/** Whose stream: organisation first, as in the subjects. */
export type RunAddress = { orgId: string; process: string; runId: string };

/** One parsed message of a run, before it has a place in the run's stream. */
export type RunMessage = RunAddress & {
  /** The publisher's id; the same id never gets a second place in the stream. */
  messageId: string;
  /** When the stream server stored it, UTC; stays the same when it is delivered again. */
  storedAt: string;
  payload: RunPayload;
};

/** One message of a run's stream in its final form: `text` is what every viewer gets, letter by letter. */
export type StreamEntry = StreamBody & {
  seq: number;
  timestamp: string;
  text: string;
};

/** Where a run's stream stands: the last number given, and whether the run has ended. */
export type StreamPosition = { lastSeq: number; ended: boolean };

export type AppendResult = {
  position: StreamPosition;
  appended: { messageId: string; entry: StreamEntry }[];
  /** Messages that were in the stream already. */
  repeated: number;
};

/** A stream before its first message. */
export const emptyPosition: StreamPosition = { lastSeq: 0, ended: false };

const endings: ReadonlySet<StreamMessageType> = new Set(['completed', 'error', 'cancelled']);

/** True for the message types that end a stream. */
export function isEnding(type: StreamMessageType): boolean {
  return endings.has(type);
}

/**
 * Gives the messages of one run their places 1, 2, 3 … after `position`, in the order they came. A message whose
 * id is in `knownIds`, or that came twice in the same call, is counted and left out. So is the second ending of an
 * ended stream: a worker and a reconciler may both tell it. An event that is no ending opens the stream again, for
 * a failed job can be driven again.
 */
export function appendToRunStream(
  position: StreamPosition,
  knownIds: ReadonlySet<string>,
  messages: readonly RunMessage[],
): AppendResult {
  const appended: AppendResult['appended'] = [];
  const seen = new Set(knownIds);
  let { lastSeq, ended } = position;
  for (const message of messages) {
    const body = streamBodyOf(message.payload);
    if (seen.has(message.messageId) || (ended && isEnding(body.type))) continue;
    seen.add(message.messageId);
    lastSeq += 1;
    if (message.payload.kind === 'event') ended = isEnding(body.type);
    appended.push({ messageId: message.messageId, entry: toEntry(lastSeq, timestampOf(message), body) });
  }
  return { position: { lastSeq, ended }, appended, repeated: messages.length - appended.length };
}

/** Encodes a message to its final JSON text. */
export function encodeStreamMessage(message: {
  type: StreamMessageType;
  seq: number;
  timestamp: string;
  data: unknown;
}): string {
  const { type, seq, timestamp, data } = message;
  return JSON.stringify({ type, seq, timestamp, data });
}

function toEntry(seq: number, timestamp: string, body: StreamBody): StreamEntry {
  return { ...body, seq, timestamp, text: encodeStreamMessage({ ...body, seq, timestamp }) };
}

function timestampOf(message: RunMessage): string {
  switch (message.payload.kind) {
    case 'event':
      return message.payload.event.time;
    case 'alert':
      return message.payload.alert.at;
    case 'telemetry':
      return message.storedAt;
  }
}
