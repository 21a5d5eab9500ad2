import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { pause } from '../until.ts';

/** How a line misbehaves. `half-open`: nothing passes and nobody is told. `replies-lost`: only the way there works. */
export type LineFault = 'none' | 'half-open' | 'reset' | 'replies-lost';

interface Line {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * A TCP line of one service to one server, which an experiment may cut, slow down or point elsewhere. What a half-open
 * line held back is delivered when it heals, as a network that retransmits would.
 */
export class TcpProxy {
  readonly port: number;
  readonly #listener: Server;
  readonly #lines = new Set<Line>();
  #target: { host: string; port: number };
  #fault: LineFault = 'none';
  #delayMs = 0;
  /** Lines that were cut, and bytes of replies that were thrown away. */
  readonly counts = { cut: 0, lostBytes: 0, connections: 0 };

  private constructor(listener: Server, port: number, target: { host: string; port: number }) {
    this.#listener = listener;
    this.port = port;
    this.#target = target;
  }

  static async open(target: { host: string; port: number }): Promise<TcpProxy> {
    const listener = createServer({ pauseOnConnect: true });
    await new Promise<void>((done) => listener.listen({ host: '127.0.0.1', port: 0 }, done));
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    const proxy = new TcpProxy(listener, address.port, target);
    listener.on('connection', (client) => proxy.#join(client));
    return proxy;
  }

  /** New connections go there; present ones stay where they are. */
  pointTo(port: number): void {
    this.#target = { ...this.#target, port };
  }

  cut(fault: Exclude<LineFault, 'none'>): void {
    this.#fault = fault;
    if (fault === 'reset') this.#resetAll();
    if (fault === 'half-open') for (const line of this.#lines) this.#hold(line);
  }

  /** Each piece of data waits so long on its way. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  heal(): void {
    const before = this.#fault;
    this.#fault = 'none';
    this.#delayMs = 0;
    // A line that lost bytes in the middle is of no use to either side.
    if (before === 'replies-lost') this.#resetAll();
    for (const line of this.#lines) {
      line.client.resume();
      line.server.resume();
    }
  }

  async close(): Promise<void> {
    this.#resetAll();
    await new Promise<void>((done) => this.#listener.close(() => done()));
  }

  #join(client: Socket): void {
    if (this.#fault === 'reset') {
      client.resetAndDestroy();
      return;
    }
    this.counts.connections += 1;
    const server = connect(this.#target);
    const line = { client, server };
    this.#lines.add(line);
    client.setNoDelay(true);
    server.setNoDelay(true);
    const end = () => {
      this.#lines.delete(line);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      socket.on('error', end);
      socket.on('close', end);
    }
    this.#carry(client, server, () => false);
    this.#carry(server, client, () => this.#fault === 'replies-lost');
    if (this.#fault === 'half-open') this.#hold(line);
    else client.resume();
  }

  #carry(from: Socket, to: Socket, isLost: () => boolean): void {
    let last = Promise.resolve();
    from.on('data', (chunk) => {
      if (isLost()) {
        this.counts.lostBytes += chunk.length;
        return;
      }
      const delayMs = this.#delayMs;
      if (delayMs === 0) {
        // Behind what still waits from a slower time.
        last = last.then(() => void to.write(chunk));
        return;
      }
      const due = pause(delayMs);
      last = last.then(() => due).then(() => void to.write(chunk));
    });
    from.on('end', () => void last.then(() => to.end()));
  }

  #hold(line: Line): void {
    this.counts.cut += 1;
    line.client.pause();
    line.server.pause();
  }

  #resetAll(): void {
    for (const line of this.#lines) {
      this.counts.cut += 1;
      line.client.resetAndDestroy();
      line.server.resetAndDestroy();
    }
    this.#lines.clear();
  }
}
