import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestNats } from '@spectra/local-servers';
import { accept, rpcContract } from '@spectra/schemas';
import { createLogger } from '@spectra/service-kit';
import { expect, inject, it } from 'vitest';
import { z } from 'zod';
import { connectMessaging } from './connect-messaging.ts';

it('a killed server makes the connection unready and calls refused; after its return all goes on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spectra-nats-'));
  const program = inject('natsProgram');
  const first = await startTestNats({ program, folder });
  const port = Number(new URL(first.url).port);
  const logger = createLogger({ service: 'test', level: 'silent' });
  const messaging = await connectMessaging({ url: first.url, name: 'test', logger });
  const echo = rpcContract('echo', z.object({ text: z.string() }), z.object({ text: z.string() }));
  messaging.serve('echo', echo, async ({ body }) => accept(body));
  await messaging.ensureStreams();
  await messaging.publish('fab.org.ion.run.event', { before: true }, { messageId: 'before' });
  expect(messaging.isConnected()).toBe(true);

  const lost = statusOf(messaging.connection, 'disconnect');
  first.kill();
  await lost;
  expect(messaging.isConnected()).toBe(false);
  const refused = await messaging.call('echo', echo, { body: { text: 'a' }, timeoutMs: 200 });
  expect(refused).toMatchObject({ ok: false, refusal: { code: 'dependency_unavailable' } });

  const back = statusOf(messaging.connection, 'reconnect');
  const second = await startTestNats({ program, folder, port });
  await back;
  expect(messaging.isConnected()).toBe(true);
  const answer = await messaging.call('echo', echo, { body: { text: 'b' } });
  expect(answer).toEqual({ ok: true, value: { text: 'b' } });
  // What was acknowledged before the kill is still stored.
  expect((await messaging.manager.streams.info('RUNS')).state.messages).toBe(1);

  await messaging.close();
  await second.stop();
  await rm(folder, { recursive: true, force: true });
});

it('a line on which nothing comes back counts as lost within two pings', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spectra-nats-'));
  const server = await startTestNats({ program: inject('natsProgram'), folder });
  const line = await silentLine(Number(new URL(server.url).port));
  const logger = createLogger({ service: 'test', level: 'silent' });
  const url = `nats://127.0.0.1:${line.port}`;
  const messaging = await connectMessaging({ url, name: 'test', logger, pingIntervalMs: 200 });
  const lost = statusOf(messaging.connection, 'disconnect');
  const startedMs = performance.now();
  line.fallSilent();
  await lost;
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  expect(messaging.isConnected()).toBe(false);
  line.close();
  await messaging.connection.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A line that can keep both ends waiting without telling either. */
async function silentLine(port: number): Promise<{ port: number; fallSilent(): void; close(): void }> {
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const onward = connect({ host: '127.0.0.1', port });
    for (const socket of [client, onward]) sockets.add(socket.on('error', () => undefined));
    client.pipe(onward);
    onward.pipe(client);
  });
  await new Promise<void>((done) => listener.listen({ host: '127.0.0.1', port: 0 }, done));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the line has no port');
  return {
    port: address.port,
    fallSilent: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
    },
  };
}

async function statusOf(
  connection: Awaited<ReturnType<typeof connectMessaging>>['connection'],
  type: string,
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === type) return;
  }
}
