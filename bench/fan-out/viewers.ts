import { WebSocket } from 'ws';

/**
 * A process of viewers for the fan-out bench: opens `count` WebSockets and counts the frames that arrive. It answers
 * `count` with the frames so far and with the delays that its first viewer saw.
 */
type Order =
  | { kind: 'open'; url: string; count: number; headers: Record<string, string> }
  | { kind: 'count' };

let sockets: WebSocket[] = [];
let frames = 0;
let delaysMs: number[] = [];

process.on('message', (order: Order) => {
  if (order.kind === 'count') process.send?.({ frames, delaysMs });
  else void open(order).then(({ connectMs }) => process.send?.({ opened: order.count, connectMs }));
});
process.on('disconnect', () => process.exit());

async function open(order: Extract<Order, { kind: 'open' }>): Promise<{ connectMs: number }> {
  for (const socket of sockets) socket.terminate();
  sockets = [];
  frames = 0;
  delaysMs = [];
  const startMs = performance.now();
  for (let index = 0; index < order.count; index += 1) {
    sockets.push(await connect(order, index === 0));
  }
  return { connectMs: (performance.now() - startMs) / order.count };
}

function connect(order: Extract<Order, { kind: 'open' }>, measuresDelay: boolean): Promise<WebSocket> {
  const socket = new WebSocket(order.url, { headers: order.headers, perMessageDeflate: false });
  socket.on('message', (bytes: Buffer) => {
    frames += 1;
    if (measuresDelay) delaysMs.push(Date.now() - sentAtMs(bytes.toString()));
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    // The first message says that the viewer is served.
    socket.once('message', () => resolve(socket));
  });
}

function sentAtMs(text: string): number {
  return Date.parse((JSON.parse(text) as { timestamp: string }).timestamp);
}
