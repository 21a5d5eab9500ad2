import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { startServer, type ServerProcess } from './server-process.ts';

const startLimitMs = 30_000;
const stopLimitMs = 20_000;
/** Processors that it uses: it shares the machine with everything that it serves, and each that it wakes is taken from them. */
const processors = Math.max(1, Math.floor(availableParallelism() / 4));

/** A NATS server of our own on loopback, with JetStream. */
export type NatsServer = Omit<ServerProcess, 'stop'> & { url: string; stop(): Promise<void> };

/** Starts nats-server on a folder that holds its configuration, its log and its store. */
export async function startNats(options: {
  /** The program, by path or to be found on PATH. */
  program: string;
  folder: string;
  port: number;
  /** Loopback port of the monitoring pages; absent: none. */
  monitoringPort?: number;
}): Promise<NatsServer> {
  mkdirSync(options.folder, { recursive: true });
  const version = natsVersion(options.program);
  if (version === undefined) throw new Error(`"${options.program}" is not a nats-server that runs here`);
  const file = join(options.folder, 'nats-server.conf');
  writeFileSync(file, natsConfiguration({ ...options, version }));
  const server = await startServer(
    {
      name: 'nats-server',
      file: options.program,
      arguments: ['--config', file],
      folder: options.folder,
      environment: { GOMAXPROCS: String(processors), ...process.env },
      logFile: join(options.folder, 'nats.log'),
    },
    () => greets(options.port),
    startLimitMs,
  );
  return {
    ...server,
    url: `nats://127.0.0.1:${options.port}`,
    stop: () => server.stop('SIGTERM', stopLimitMs),
  };
}

/** The version of a nats-server as `[2, 10, 9]`, or undefined when the program does not run. */
export function natsVersion(program: string): [number, number, number] | undefined {
  const told = spawnSync(program, ['--version'], { encoding: 'utf8' });
  const [, major, minor, patch] = /v(\d+)\.(\d+)\.(\d+)/.exec(told.stdout ?? '') ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  return [Number(major), Number(minor), Number(patch)];
}

/** The configuration; `sync_interval` stands in it only where the server knows the field (2.10 and later). */
export function natsConfiguration(options: {
  folder: string;
  port: number;
  monitoringPort?: number;
  version: readonly [number, number, number];
}): string {
  const [major, minor] = options.version;
  const knowsSync = major > 2 || (major === 2 && minor >= 10);
  return [
    'host: 127.0.0.1',
    `port: ${options.port}`,
    ...(options.monitoringPort === undefined ? [] : [`http: "127.0.0.1:${options.monitoringPort}"`]),
    'max_payload: 1MB',
    'jetstream {',
    `  store_dir: ${JSON.stringify(join(options.folder, 'store'))}`,
    '  max_memory_store: 64MB',
    '  max_file_store: 4GB',
    ...(knowsSync ? ['  sync_interval: always'] : []),
    '}',
    '',
  ].join('\n');
}

/** The server greets each connection with INFO once it is ready. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1000 });
    const tell = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (text) => tell(text.toString().startsWith('INFO ')));
    socket.once('error', () => tell(false));
    socket.once('timeout', () => tell(false));
    socket.once('close', () => tell(false));
  });
}
