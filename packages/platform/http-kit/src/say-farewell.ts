import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Lets clients leave by themselves before the server closes: the answer calls it at the stop and waits. From then on each
 * answer says `connection: close`, so that nobody sends a request into a connection that is being closed, where it
 * would be lost without an answer. Ends when no connection is open any more, and after `limitMs` at the latest.
 */
export function sayFarewell(app: FastifyInstance, limitMs: number): () => Promise<void> {
  const sockets = new Set<Socket>();
  let leaving = false;
  let allGone: (() => void) | null = null;
  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) allGone?.();
    });
  });
  app.addHook('onSend', async (_request, reply) => {
    if (leaving) reply.header('connection', 'close');
  });
  return async () => {
    leaving = true;
    if (sockets.size === 0) return;
    await new Promise<void>((done) => {
      const timer = setTimeout(done, limitMs);
      allGone = () => {
        clearTimeout(timer);
        done();
      };
    });
  };
}
