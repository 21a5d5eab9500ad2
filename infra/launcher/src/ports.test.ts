import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { takenPortMessage, takenPorts } from './ports.ts';

it('a taken port is found and told with its user and the setting that moves it', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const needed = { setting: 'GATEWAY_PORT', port, user: 'gateway' } as const;
  const taken = await takenPorts([needed]);
  expect(taken).toEqual([needed]);
  expect(takenPortMessage(taken)).toMatch(new RegExp(`port ${port} for gateway is taken.*GATEWAY_PORT=`));
  other.close();
  await once(other, 'close');
  expect(await takenPorts([needed])).toEqual([]);
});
