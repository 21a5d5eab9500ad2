import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { until } from '../until.ts';
import { reset, TcpProxy } from './tcp-proxy.ts';

const servers: Server[] = [];
const proxies: TcpProxy[] = [];

afterEach(async () => {
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
  for (const server of servers.splice(0)) server.close();
});

test('a socket that is just saying goodbye is closed by a reset as any other', async () => {
  const [near] = await pair();
  near.end();
  reset(near);
  await once(near, 'close');
  expect(near.destroyed).toBe(true);
});

test('a reset shows on the other side as one', async () => {
  const [near, far] = await pair();
  const failed = once(far, 'error');
  reset(near);
  expect(await failed).toEqual([expect.objectContaining({ code: 'ECONNRESET' })]);
});

test('a line that breaks off lets half of a body through, and requests without one whole', async () => {
  const server = await listen();
  const proxy = await TcpProxy.open({ host: '127.0.0.1', port: portOf(server) });
  proxies.push(proxy);
  const joined = once(server, 'connection') as Promise<[Socket]>;
  const near = connect({ host: '127.0.0.1', port: proxy.port });
  const broken = once(near, 'error');
  const [far] = await joined;
  far.on('error', () => undefined);
  const heard: string[] = [];
  far.on('data', (text) => heard.push(text.toString()));
  proxy.cut('broken-off');
  const question = 'GET /bucket HTTP/1.1\r\nhost: s3\r\n\r\n';
  const head = 'PUT /bucket/object HTTP/1.1\r\nhost: s3\r\ncontent-length: 8\r\n\r\n';
  near.write(question);
  await until('the question is heard', () => heard.join('') === question, 5_000);
  near.write(`${head}12345678`);
  await broken;
  await until('half is heard', () => heard.join('') === `${question}${head}1234`, 5_000);
  expect(proxy.counts.brokenOff).toBe(1);
});

test('a mute line holds words back in their order and lets answers through', async () => {
  const server = await listen();
  const proxy = await TcpProxy.open({ host: '127.0.0.1', port: portOf(server) });
  proxies.push(proxy);
  const joined = once(server, 'connection') as Promise<[Socket]>;
  const near = connect({ host: '127.0.0.1', port: proxy.port });
  const [far] = await joined;
  const heard: string[] = [];
  far.on('data', (text) => heard.push(text.toString()));
  near.write('before;');
  await once(far, 'data');
  proxy.cut('mute');
  near.write('held;');
  near.write('held too;');
  await until('the words are held', () => proxy.counts.heldBytes === 'held;held too;'.length, 5_000);
  far.write('answer');
  expect(String((await once(near, 'data'))[0])).toBe('answer');
  expect(heard.join('')).toBe('before;');
  proxy.heal();
  near.end('after');
  await once(far, 'end');
  expect(heard.join('')).toBe('before;held;held too;after');
});

async function pair(): Promise<[Socket, Socket]> {
  const server = await listen();
  const joined = once(server, 'connection') as Promise<[Socket]>;
  const near = connect({ host: '127.0.0.1', port: portOf(server) });
  await once(near, 'connect');
  const [far] = await joined;
  far.resume();
  return [near, far];
}

async function listen(): Promise<Server> {
  const server = createServer();
  servers.push(server);
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
