import { WebSocket, type RawData } from 'ws';
import { until } from './until.ts';

/** One message of a run's stream, as a client gets it. */
export interface Message {
  type: string;
  seq: number;
  timestamp: string;
  data: Record<string, unknown>;
  /** When it arrived here, on the client's own monotonic clock. */
  arrivedMs: number;
}

/** A client of a run's stream that keeps what it got. */
export interface StreamReader {
  readonly messages: Message[];
  readonly closed: () => { code: number } | null;
  ofType(type: string): Message[];
  /** Waits for a message of one of these types. */
  waitFor(...types: string[]): Promise<Message>;
  /** Cuts the line without a word, as a failing network does. */
  cut(): void;
}

/** Opens a WebSocket with the token in the header. */
export function readWebSocket(url: string, token: string): StreamReader {
  const messages: Message[] = [];
  let ended: { code: number } | null = null;
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
  socket.on('message', (data) => {
    messages.push({ ...(JSON.parse(textOf(data)) as Message), arrivedMs: performance.now() });
  });
  socket.on('error', () => undefined);
  socket.on('close', (code) => {
    ended = { code };
  });
  return reader(
    messages,
    () => ended,
    () => socket.terminate(),
  );
}

function textOf(data: RawData): string {
  if (!Buffer.isBuffer(data)) throw new Error('the stream sent something other than one text');
  return data.toString('utf8');
}

/** Opens the stream as server-sent events. */
export function readEvents(url: string, token: string, lastEventId?: number): StreamReader {
  const messages: Message[] = [];
  const abort = new AbortController();
  let ended: { code: number } | null = null;
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'text/event-stream',
    ...(lastEventId === undefined ? {} : { 'last-event-id': `${lastEventId}` }),
  };
  const follow = async () => {
    const response = await fetch(url, { headers, signal: abort.signal });
    if (!response.ok || !response.body) throw new Error(`the stream answered ${response.status}`);
    let rest = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = block.split('\n').find((line) => line.startsWith('data:'));
        if (data) messages.push({ ...(JSON.parse(data.slice(5)) as Message), arrivedMs: performance.now() });
      }
    }
  };
  follow().then(
    () => (ended = { code: 1000 }),
    () => (ended = { code: 1006 }),
  );
  return reader(
    messages,
    () => ended,
    () => abort.abort(),
  );
}

function reader(messages: Message[], closed: () => { code: number } | null, cut: () => void): StreamReader {
  const ofType = (type: string) => messages.filter((message) => message.type === type);
  return {
    messages,
    closed,
    ofType,
    cut,
    waitFor: (...types) =>
      until(
        `a message of type ${types.join(' or ')}`,
        () => messages.find((message) => types.includes(message.type)),
        60_000,
      ),
  };
}

/** Sequence numbers of the run's own messages; `connected` is about the connection and has none of its own. */
export function sequence(messages: readonly Message[]): number[] {
  return messages.filter((message) => message.type !== 'connected').map((message) => message.seq);
}
