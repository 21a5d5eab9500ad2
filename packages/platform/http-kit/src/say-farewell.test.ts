import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createLogger } from '@spectra/service-kit';
import type { FastifyInstance } from 'fastify';
import { expect, test } from 'vitest';
import { createHttpApp, sayFarewell } from './index.ts';

const request = 'GET /slow HTTP/1.1\r\nhost: a\r\n\r\n';

test('a request on a kept connection is answered while the server says farewell, and told to leave', async () => {
  const { app, socket } = await opened(60_000);
  expect(await exchange(socket)).toMatch(/200 OK[^]*connection: keep-alive/i);
  const closed = app.close();
  expect(await exchange(socket)).toMatch(/200 OK[^]*connection: close/i);
  await closed;
});

test('an answer that was on its way at the stop says so too', async () => {
  const { app, socket, entered, leaving, release } = await opened(60_000, 'held');
  const answered = exchange(socket);
  await entered;
  const closed = app.close();
  await leaving;
  release();
  expect(await answered).toMatch(/200 OK[^]*connection: close/i);
  await closed;
});

test('a connection that stays silent is not waited for beyond the limit', async () => {
  const { app, socket } = await opened(30);
  await exchange(socket);
  const ended = once(socket, 'close');
  await app.close();
  await ended;
});

/** A server whose handler may be held, and a client with one connection that it keeps. */
async function opened(limitMs: number, handler: 'quick' | 'held' = 'quick') {
  const entered = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  if (handler === 'quick') released.resolve();
  const app: FastifyInstance = await createHttpApp({
    logger: createLogger({ service: 'test', level: 'fatal' }),
  });
  const farewell = sayFarewell(app, limitMs);
  const leaving = Promise.withResolvers<void>();
  app.addHook('preClose', async () => {
    const said = farewell();
    leaving.resolve();
    await said;
  });
  app.get('/slow', async () => {
    entered.resolve();
    await released.promise;
    return {};
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  return {
    app,
    socket,
    entered: entered.promise,
    leaving: leaving.promise,
    release: () => released.resolve(),
  };
}

async function exchange(socket: Socket): Promise<string> {
  socket.write(request);
  return String((await once(socket, 'data'))[0]);
}
