import { createServer, type Server, type ServerResponse } from 'node:http';
import type { ServiceHealth } from '@spectra/schemas';
import type { Registry } from 'prom-client';
import type { Part } from './part.ts';

/**
 * The operators' door of a service, on loopback unless told otherwise: `/health/live` (the process
 * answers), `/health/ready` (what it depends on is there; 503 else) and `/metrics` (Prometheus text).
 */
export function startAdminServer(options: {
  port: number;
  host?: string;
  health: () => Promise<ServiceHealth>;
  registry: Registry;
}): Part {
  const server = createServer((request, response) => {
    answer(request.url ?? '/', response, options).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  return {
    name: 'admin-server',
    start: () => listen(server, options.port, options.host ?? '127.0.0.1'),
    stop: () => close(server),
  };
}

async function answer(
  url: string,
  response: ServerResponse,
  options: { health: () => Promise<ServiceHealth>; registry: Registry },
): Promise<void> {
  if (url === '/health/live') return sendJson(response, 200, { status: 'healthy' });
  if (url === '/health/ready') {
    const health = await options.health();
    return sendJson(response, health.status === 'unhealthy' ? 503 : 200, health);
  }
  if (url === '/metrics') {
    const text = await options.registry.metrics();
    response.writeHead(200, { 'content-type': options.registry.contentType });
    response.end(text);
    return undefined;
  }
  return sendJson(response, 404, { status: 'unknown path' });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
