import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/**
 * The peer of the fan-out bench: a bare `ws` server that sends one text to every client at the given rate, nothing
 * else. It answers `cpu` with the CPU seconds it has used.
 */
const [rateHz, text] = [Number(process.argv[2]), process.argv[3] ?? ''];
const head = text.indexOf('"timestamp":"') + '"timestamp":"'.length;

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => socket.send(stamped()));
server.on('listening', () => process.send?.({ port: (server.address() as AddressInfo).port }));
setInterval(() => {
  const message = stamped();
  for (const client of server.clients) client.send(message);
}, 1000 / rateHz);

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuS: (user + system) / 1e6 });
});
process.on('disconnect', () => process.exit());

function stamped(): string {
  const at = new Date().toISOString();
  return text.slice(0, head) + at + text.slice(head + at.length);
}
