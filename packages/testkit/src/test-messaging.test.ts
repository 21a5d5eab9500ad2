import { connectMessaging } from '@spectra/messaging';
import { expect, it } from 'vitest';
import { silentLogger } from './silent-logger.ts';
import { ownNats, testMessaging } from './test-messaging.ts';

it('two tests share the server but not their prefix', async () => {
  const [one, other] = await Promise.all([testMessaging(), testMessaging()]);
  expect(one.url).toBe(other.url);
  expect(one.prefix).not.toBe(other.prefix);
  expect(one.messaging.isConnected()).toBe(true);
  await Promise.all([one.close(), other.close()]);
});

it('a server of its own starts again on the same port, and without its streams once wiped', async () => {
  const server = await ownNats();
  const connect = () => connectMessaging({ url: server.url, name: 'test', logger: silentLogger() });
  const first = await connect();
  await first.ensureStreams();
  await first.close();
  await server.stop();
  await server.start();
  const second = await connect();
  expect((await second.manager.streams.info('RUNS')).config.name).toBe('RUNS');
  await second.close();
  await server.kill();
  await server.wipe();
  await server.start();
  const third = await connect();
  await expect(third.manager.streams.info('RUNS')).rejects.toThrow(/not found/);
  await third.close();
  await server.close();
});
