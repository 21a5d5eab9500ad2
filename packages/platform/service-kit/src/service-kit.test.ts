import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Clock } from './clock.ts';
import { createHealth } from './create-health.ts';
import { createLogger } from './create-logger.ts';
import { createMetrics } from './create-metrics.ts';
import { readSettings } from './read-settings.ts';
import { replacedSettings } from './replaced-settings.ts';
import { startAdminServer } from './start-admin-server.ts';
import { newTraceparent, traceIdOf } from './trace.ts';

const clock: Clock = { nowMs: () => 0, monotonicMs: () => 5000, after: () => () => {} };

describe('settings', () => {
  const schema = z.object({
    PORT: z.coerce.number().int().min(1),
    URL: z.url(),
    LEVEL: z.string().default('info'),
  });

  it('are read with defaults, and what others set is left out', () => {
    expect(readSettings(schema, { PORT: '8003', URL: 'nats://a', LEVEL: '', HOME: '/root' })).toEqual({
      PORT: 8003,
      URL: 'nats://a',
      LEVEL: 'info',
    });
  });

  it('at fault are told all together, without their values', () => {
    const read = () => readSettings(schema, { PORT: '0', URL: 'not-a-url-but-a-secret' });
    expect(read).toThrow(/PORT[^]*URL/);
    expect(read).not.toThrow(/secret/);
  });
});

describe('settings of earlier installations', () => {
  it('are told by name with what stands in their place, never with their value', () => {
    const told = replacedSettings({
      REDIS_URL: 'redis://:hunter2@a',
      JWT_SECRET_KEY: '',
      NATS_URL: 'nats://a',
    });
    expect(told).toEqual(['REDIS_URL is set and not read; queue and live data are NATS: set NATS_URL']);
  });
});

describe('the logger', () => {
  it('cuts secrets out at any of three levels', () => {
    const lines: string[] = [];
    const logger = createLogger({
      service: 'a',
      level: 'info',
      destination: { write: (line) => void lines.push(line) },
    });
    logger.info({ password: 'p1', user: { token: 'p2', deep: { secret: 'p3' } } }, 'hello');
    expect(lines.join('')).toContain('hello');
    expect(lines.join('')).not.toMatch(/p[123]/);
  });
});

describe('traces', () => {
  it('have the W3C form and give their id back; anything else is null', () => {
    const traceparent = newTraceparent();
    expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(traceIdOf(traceparent)).toBe(traceparent.slice(3, 35));
    // Random bytes are drawn many at a time: none of them is given out twice.
    const traceIds = Array.from({ length: 1000 }, () => traceIdOf(newTraceparent()));
    expect(new Set([traceIdOf(traceparent), ...traceIds]).size).toBe(1001);
    for (const bad of ['', 'x', `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`])
      expect(traceIdOf(bad)).toBeNull();
  });
});

describe('health', () => {
  const healthOf = (dependencies: Parameters<typeof createHealth>[0]['dependencies']) =>
    createHealth({ service: 's', version: '1', clock, dependencies })();

  it('is as bad as the worst dependency; a probe that throws is unhealthy', async () => {
    expect(await healthOf({ a: async () => true })).toMatchObject({ status: 'healthy', uptime_s: 0 });
    const slow = async () => ({ status: 'degraded', detail: 'slow' }) as const;
    expect(await healthOf({ a: async () => true, b: slow })).toMatchObject({ status: 'degraded' });
    const broken = () => Promise.reject(new Error('gone'));
    expect(await healthOf({ b: slow, c: broken })).toMatchObject({
      status: 'unhealthy',
      dependencies: { c: { status: 'unhealthy', detail: 'gone' } },
    });
  });
});

describe('the admin server', () => {
  const port = async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  };

  it('tells alive, ready and metrics, and that it is not ready', async () => {
    const chosen = await port();
    let database = true;
    const health = createHealth({
      service: 's',
      version: '1',
      clock,
      dependencies: { database: async () => database },
    });
    const server = startAdminServer({ port: chosen, health, registry: createMetrics() });
    await server.start();
    const get = (path: string) => fetch(`http://127.0.0.1:${chosen}${path}`);
    expect((await get('/health/live')).status).toBe(200);
    expect((await get('/health/ready')).status).toBe(200);
    database = false;
    expect((await get('/health/ready')).status).toBe(503);
    expect((await get('/health/live')).status).toBe(200);
    expect(await (await get('/metrics')).text()).toContain('process_cpu_seconds_total');
    expect((await get('/other')).status).toBe(404);
    await server.stop();
    await server.stop();
    await expect(get('/health/live')).rejects.toThrow();
  });

  it('does not start on a taken port', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const health = createHealth({ service: 's', version: '1', clock, dependencies: {} });
    await expect(startAdminServer({ port, health, registry: createMetrics() }).start()).rejects.toThrow(
      /EADDRINUSE/,
    );
    taken.close();
  });
});
