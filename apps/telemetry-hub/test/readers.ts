import { get, type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';

/** A message of a stream, as a reader parsed it; repeated progress is left out. */
export type Told = { type: string; seq: number; timestamp: string; data: Record<string, unknown> };

/** What a reader of either kind offers to a test. */
export type Reader = {
  told: Told[];
  /** Resolves when the told messages satisfy the condition; rejects when the connection ends before. */
  until(condition: (told: readonly Told[]) => boolean): Promise<void>;
  /** Close code of a WebSocket, 0 for SSE. */
  closed: Promise<{ code: number; reason: string }>;
  cut(): void;
};

type Waiter = {
  condition: (told: readonly Told[]) => boolean;
  resolve: () => void;
  reject: (e: Error) => void;
};

function collector() {
  const told: Told[] = [];
  const waiters = new Set<Waiter>();
  return {
    told,
    add: (message: Told) => {
      // A slow machine sees silence where a quick one does not; the repetition has its own test.
      if (message.data['repeated'] === true) return;
      told.push(message);
      for (const waiter of waiters) {
        if (!waiter.condition(told)) continue;
        waiters.delete(waiter);
        waiter.resolve();
      }
    },
    end: (reason: string) => {
      for (const waiter of waiters) waiter.reject(new Error(`the stream ended first: ${reason}`));
    },
    until: (condition: Waiter['condition']) =>
      new Promise<void>((resolve, reject) => {
        if (condition(told)) resolve();
        else waiters.add({ condition, resolve, reject });
      }),
  };
}

/** Opens a WebSocket reader; a refused one rejects with the status as its message. */
export async function openWebSocket(
  url: string,
  headers: Record<string, string> = {},
): Promise<Reader & { socket: WebSocket }> {
  const { told, add, end, until } = collector();
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers, perMessageDeflate: false });
  socket.on('message', (bytes: Buffer) => add(JSON.parse(bytes.toString())));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      end(String(code));
      resolve({ code, reason: String(reason) });
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
    socket.on('unexpected-response', (_, response) => reject(new Error(String(response.statusCode))));
  });
  return { told, until, closed, cut: () => socket.terminate(), socket };
}

/** Opens an SSE reader; the id of each event must be the number of its message. */
export async function openEvents(url: string, headers: Record<string, string> = {}): Promise<Reader> {
  const { told, add, end, until } = collector();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers, agent: false }, resolve).on('error', reject);
  });
  if (response.statusCode !== 200) {
    response.resume();
    throw new Error(String(response.statusCode));
  }
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const events = (rest + chunk).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) readEvent(event, add);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    response.on('close', () => {
      end('sse');
      resolve({ code: 0, reason: rest });
    });
  });
  response.on('error', () => undefined);
  return { told, until, closed, cut: () => response.destroy() };
}

function readEvent(event: string, add: (message: Told) => void): void {
  const id = /^id: (.*)$/m.exec(event)?.[1];
  const text = /^data: (.*)$/m.exec(event)?.[1];
  if (text === undefined) return;
  const message: Told = JSON.parse(text);
  if (id !== undefined && Number(id) !== message.seq) throw new Error(`id ${id} of message ${message.seq}`);
  add(message);
}

/** Numbers of what came from the run's stream: without `connected`. */
export function numbers(told: readonly Told[]): number[] {
  return told.filter(({ type }) => type !== 'connected').map(({ seq }) => seq);
}

/** The numbers from … to. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
