import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { LineReader } from './line-reader.ts';
import { ToolOutcomeUnknown, ToolRefused, ToolUnreachable } from './tool-errors.ts';
import { toolReplySchema } from './tool-protocol.ts';
import type { ToolRequest, ToolState } from './tool-protocol.ts';

/** A connection to one tool. Requests are answered in order; each is sent once and never again. */
export interface ToolConnection {
  request(request: ToolRequest): Promise<ToolState>;
  close(): void;
}

interface Waiting {
  resolve(state: ToolState): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

const connectTimeoutMs = 3_000;
const replyTimeoutMs = 5_000;
const lineBytesMax = 4 * 1024 * 1024;

/** Opens the connection to the tools' host. Throws `ToolUnreachable` when nobody listens there. */
export async function connectTool(address: { host: string; port: number }): Promise<ToolConnection> {
  const socket = await openSocket(address);
  socket.setNoDelay(true);
  const waiting: Waiting[] = [];
  let broken: Error | null = null;
  const breakDown = (error: Error) => {
    broken ??= error;
    for (const entry of waiting.splice(0)) {
      clearTimeout(entry.timer);
      entry.reject(new ToolOutcomeUnknown(error.message));
    }
    socket.destroy();
  };
  const lines = new LineReader(lineBytesMax, (line) => {
    const entry = waiting.shift();
    if (!entry) return breakDown(new Error('the tool answered what was not asked'));
    clearTimeout(entry.timer);
    settle(entry, line);
  });
  socket.on('data', (chunk) => lines.push(chunk));
  socket.on('error', breakDown);
  socket.on('close', () => breakDown(new Error('the connection to the tool was closed')));
  return {
    request: (request) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(new ToolUnreachable(broken.message));
        const timer = setTimeout(
          () => breakDown(new Error(`the tool did not answer within ${replyTimeoutMs} ms`)),
          replyTimeoutMs,
        );
        waiting.push({ resolve, reject, timer });
        socket.write(`${JSON.stringify(request)}\n`);
      }),
    close: () => socket.end(),
  };
}

function settle(entry: Waiting, line: string): void {
  const reply = toolReplySchema.safeParse(parseJson(line));
  if (!reply.success) entry.reject(new ToolOutcomeUnknown('the tool gave a malformed answer'));
  else if (reply.data.ok) entry.resolve(reply.data.state);
  else entry.reject(new ToolRefused(reply.data.code, reply.data.message));
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function openSocket(address: { host: string; port: number }): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(address);
    const fail = (error: Error) => {
      socket.destroy();
      reject(new ToolUnreachable(`no tool at ${address.host}:${address.port}: ${error.message}`));
    };
    socket.setTimeout(connectTimeoutMs, () => fail(new Error('time-out')));
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}
