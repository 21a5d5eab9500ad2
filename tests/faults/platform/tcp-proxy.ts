import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { pause } from '../until.ts';

/**
 * How a line misbehaves. `half-open`: nothing passes and nobody is told. `replies-lost`: only the way there works.
 * `mute`: what the client says is held back, and it hears everything. `broken-off`: half of a request's body arrives,
 * then the line breaks; requests without a body pass.
 */
export type LineFault = 'none' | 'half-open' | 'reset' | 'replies-lost' | 'mute' | 'broken-off';

interface Line {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * A TCP line of one service to one server, which an experiment may cut, slow down or point elsewhere. What a half-open
 * or mute line held back is delivered when it heals, as a network that retransmits would.
 */
export class TcpProxy {
  readonly port: number;
  readonly #listener: Server;
  readonly #lines = new Set<Line>();
  #target: { host: string; port: number };
  #fault: LineFault = 'none';
  #delayMs = 0;
  #spokenAgain = Promise.withResolvers<void>();
  /** Lines that were cut, bytes of replies thrown away and of words held back, bodies of which half arrived. */
  readonly counts = { cut: 0, lostBytes: 0, heldBytes: 0, connections: 0, brokenOff: 0 };

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
    if (fault === 'mute') this.#spokenAgain = Promise.withResolvers();
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
    this.#spokenAgain.resolve();
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
      reset(client);
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
    carry(client, server, (word) => this.#fateOfWord(word, line));
    carry(server, client, (reply) => this.#fateOfReply(reply.length));
    if (this.#fault === 'half-open') this.#hold(line);
    else client.resume();
  }

  #fateOfWord(word: Buffer, line: Line): Promise<void> | null {
    if (this.#fault === 'broken-off' && startOfBody(word) < word.length) {
      this.#breakOff(word, line);
      return null;
    }
    if (this.#fault !== 'mute') return this.#delay();
    this.counts.heldBytes += word.length;
    return this.#spokenAgain.promise;
  }

  /** Half of the body that this piece brings goes on, and nothing after it. */
  #breakOff(word: Buffer, line: Line): void {
    if (!this.#lines.delete(line)) return;
    this.counts.brokenOff += 1;
    const bodyAt = startOfBody(word);
    line.server.write(word.subarray(0, bodyAt + Math.floor((word.length - bodyAt) / 2)), () => {
      reset(line.client);
      reset(line.server);
    });
  }

  #fateOfReply(bytes: number): Promise<void> | null {
    if (this.#fault !== 'replies-lost') return this.#delay();
    this.counts.lostBytes += bytes;
    return null;
  }

  #delay(): Promise<void> {
    return this.#delayMs === 0 ? Promise.resolve() : pause(this.#delayMs);
  }

  #hold(line: Line): void {
    this.counts.cut += 1;
    line.client.pause();
    line.server.pause();
  }

  #resetAll(): void {
    for (const line of this.#lines) {
      this.counts.cut += 1;
      reset(line.client);
      reset(line.server);
    }
    this.#lines.clear();
  }
}

/**
 * Breaks the connection off. A reset of a socket whose goodbye is on its way is refused (EINVAL), and Node then never
 * closes it: the process spins at its exit for ever.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** Where the body begins in a piece of an HTTP request: behind its head, or at once when the head went before it. */
function startOfBody(piece: Buffer): number {
  if (!/^[A-Z]+ \/\S* HTTP\/1\.1\r\n/.test(piece.toString('latin1', 0, 4_096))) return 0;
  const end = piece.indexOf('\r\n\r\n');
  return end < 0 ? piece.length : end + 4;
}

/** Passes on what comes, in its order. Its fate is what a piece waits for; null when it is lost. */
function carry(from: Socket, to: Socket, fateOf: (piece: Buffer) => Promise<void> | null): void {
  let last = Promise.resolve();
  from.on('data', (piece: Buffer) => {
    const due = fateOf(piece);
    if (due === null) return;
    last = last.then(() => due).then(() => void to.write(piece));
  });
  from.on('end', () => void last.then(() => to.end()));
}
