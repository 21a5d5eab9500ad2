import { WebSocket, type RawData } from 'ws';
import type { FabClient } from './fab-client.ts';

/** A message of a run's stream as a viewer got it, in the order of arrival. */
export interface SeenMessage {
  readonly type: string;
  readonly seq: number;
  readonly fromSeq: number | null;
  readonly toSeq: number | null;
  readonly reset: boolean;
  readonly atMs: number;
}

export interface ViewerRecord {
  readonly orgId: string;
  readonly runId: string;
  readonly messages: readonly SeenMessage[];
  readonly closeCodes: readonly number[];
}

const reconnectMs = 200;
const ends = new Set(['completed', 'error', 'cancelled']);

/** Somebody who watches a run to its end and resumes behind the last message whenever the line breaks. */
export class Viewer {
  readonly #client: FabClient;
  readonly #run: { process: string; runId: string };
  readonly #messages: SeenMessage[] = [];
  readonly #closeCodes: number[] = [];
  #lastSeq = 0;
  #stopped = false;
  #socket: WebSocket | null = null;

  constructor(client: FabClient, run: { process: string; runId: string }) {
    this.#client = client;
    this.#run = run;
    this.#connect();
  }

  record(): ViewerRecord {
    return {
      orgId: this.#client.organisation.orgId,
      runId: this.#run.runId,
      messages: [...this.#messages],
      closeCodes: [...this.#closeCodes],
    };
  }

  get runId(): string {
    return this.#run.runId;
  }

  get sawTheEnd(): boolean {
    return this.#messages.some((message) => ends.has(message.type));
  }

  /** It has got something and its run goes on. */
  get isWatching(): boolean {
    return this.#messages.length > 0 && !this.sawTheEnd && this.#socket?.readyState === WebSocket.OPEN;
  }

  stop(): void {
    this.#stopped = true;
    this.#socket?.terminate();
  }

  #connect(): void {
    if (this.#stopped) return;
    const { process, runId } = this.#run;
    const from = this.#lastSeq === 0 ? 'start' : `${this.#lastSeq}`;
    const address = `${this.#client.url.replace('http', 'ws')}/api/${process}/stream/${runId}?from=${from}`;
    const socket = new WebSocket(address, { headers: { authorization: `Bearer ${this.#client.token}` } });
    this.#socket = socket;
    socket.on('message', (text) => this.#take(text));
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      this.#closeCodes.push(code);
      if (!this.sawTheEnd) setTimeout(() => this.#connect(), reconnectMs);
    });
  }

  #take(text: RawData): void {
    if (!Buffer.isBuffer(text)) return;
    const message = JSON.parse(text.toString('utf8')) as {
      type: string;
      seq: number;
      data: { from_seq?: number; to_seq?: number; reset?: boolean };
    };
    const { from_seq: fromSeq = null, to_seq: toSeq = null, reset = false } = message.data;
    this.#messages.push({ type: message.type, seq: message.seq, fromSeq, toSeq, reset, atMs: Date.now() });
    if (message.type !== 'connected') this.#lastSeq = Math.max(this.#lastSeq, toSeq ?? 0, message.seq);
    else if (reset) this.#lastSeq = 0;
  }
}
