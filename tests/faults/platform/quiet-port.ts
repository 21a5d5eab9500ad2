import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range from which the system takes the ports of outgoing connections: nobody snatches one of these. */
const range = { first: 20_000, last: 31_999 };
const triesMax = 50;
const given = new Set<number>();

/** A loopback port that is free now and stays so until it is listened on. */
export function quietPort(): Promise<number> {
  return quietPorts(1);
}

/** The first of so many free ports in a row. */
export async function quietPorts(count: number): Promise<number> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const first = randomInt(range.first, range.last + 2 - count);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if (ports.some((port) => given.has(port))) continue;
    if ((await Promise.all(ports.map(isFree))).includes(false)) continue;
    for (const port of ports) given.add(port);
    return first;
  }
  throw new Error('no free port was found');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });
}
