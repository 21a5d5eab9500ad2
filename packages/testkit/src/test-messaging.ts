import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askTestServer, startTestNats } from '@spectra/local-servers';
import { connectMessaging, type Messaging } from '@spectra/messaging';
import { inject } from 'vitest';
import { silentLogger } from './silent-logger.ts';

/** A connection to the run's shared NATS. Its streams are shared too: use `prefix` in services and queues. */
export async function testMessaging(): Promise<{
  messaging: Messaging;
  url: string;
  prefix: string;
  close(): Promise<void>;
}> {
  const url = await askTestServer(inject('testServersUrl'), 'nats');
  const prefix = `t${randomBytes(5).toString('hex')}`;
  const messaging = await connectMessaging({ url, name: prefix, logger: silentLogger() });
  await messaging.ensureStreams();
  return { messaging, url, prefix, close: () => messaging.close() };
}

/** A NATS server that one test owns and may stop, kill, wipe and start again on the same port. */
export type OwnNats = {
  url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Deletes the stopped server's store: every stream is gone. */
  wipe(): Promise<void>;
  /** Stops the server and removes its folder. */
  close(): Promise<void>;
};

/** Starts a NATS server for this test file alone. */
export async function ownNats(): Promise<OwnNats> {
  const folder = await mkdtemp(join(tmpdir(), 'spectra-nats-'));
  const program = inject('natsProgram');
  let server = await startTestNats({ program, folder });
  const port = Number(new URL(server.url).port);
  return {
    url: server.url,
    async start() {
      server = await startTestNats({ program, folder, port });
    },
    stop: () => server.stop(),
    async kill() {
      server.kill();
      await server.exited;
    },
    wipe: () => rm(join(folder, 'store'), { recursive: true, force: true }),
    async close() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
