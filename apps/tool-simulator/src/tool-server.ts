import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { LineReader, toolRequestSchema } from '@spectra/process-host';
import type { ToolReply } from '@spectra/process-host';
import type { Clock, Logger, Part } from '@spectra/service-kit';
import type { SimulatedTool } from './simulated-tool.ts';

const tickMs = 100;
const lineCharsMax = 1024 * 1024;

/** Makes the tool of that name when it is first attached; null for a process that nobody simulates here. */
export type ToolFactory = (process: string, equipment: string) => SimulatedTool | null;

/**
 * The tools' host: one JSON text a line over TCP. A connection speaks to the one tool that it attached to. Closing it
 * changes nothing on the tool: silence does, by the tool's own watchdog.
 */
export class ToolServer implements Part {
  readonly name = 'tool-server';
  readonly #options: { host: string; port: number; clock: Clock; logger: Logger; makeTool: ToolFactory };
  readonly #tools = new Map<string, SimulatedTool>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #stopped = false;

  constructor(options: { host: string; port: number; clock: Clock; logger: Logger; makeTool: ToolFactory }) {
    this.#options = options;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** The port that was given by the system when 0 was asked for. */
  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : this.#options.port;
  }

  get energisedCount(): number {
    return [...this.#tools.values()].filter((tool) => tool.energised).length;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.port, this.#options.host, resolve);
    });
    this.#tick();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #tick(): void {
    if (this.#stopped) return;
    for (const tool of this.#tools.values()) tool.tick(tickMs / 1000);
    this.#options.clock.after(tickMs, () => this.#tick());
  }

  #serve(socket: Socket): void {
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    let tool: SimulatedTool | null = null;
    const lines = new LineReader(lineCharsMax, (line) => {
      const answered = this.#answer(tool, line);
      tool = answered.tool;
      socket.write(`${JSON.stringify(answered.reply)}\n`);
    });
    socket.on('data', (chunk) => {
      try {
        lines.push(chunk);
      } catch (error) {
        this.#options.logger.error({ err: error }, 'a tool connection is closed');
        socket.destroy();
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #answer(attached: SimulatedTool | null, line: string): { tool: SimulatedTool | null; reply: ToolReply } {
    const parsed = toolRequestSchema.safeParse(parseJson(line));
    if (!parsed.success) return { tool: attached, reply: refusal('malformed', parsed.error.message) };
    const request = parsed.data;
    const tool = request.op === 'attach' ? this.#tool(request.process, request.equipment) : attached;
    if (!tool)
      return { tool: null, reply: refusal('not_attached', 'attach to a tool of a known process first') };
    return { tool, reply: tool.answer(request) };
  }

  #tool(process: string, equipment: string): SimulatedTool | null {
    const name = `${process}/${equipment}`;
    const known = this.#tools.get(name);
    if (known) return known;
    const made = this.#options.makeTool(process, equipment);
    if (made) this.#tools.set(name, made);
    return made;
  }
}

function refusal(code: 'malformed' | 'not_attached', message: string): ToolReply {
  return { ok: false, code, message };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
