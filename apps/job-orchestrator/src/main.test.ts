import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connectMessaging } from '@spectra/messaging';
import { healthRpc } from '@spectra/schemas';
import { silentLogger } from '@spectra/testkit';
import { expect, test } from 'vitest';
import { startServers } from '../test/start-orchestrator.ts';

test('the process starts, is ready, shows its figures and stops cleanly on SIGTERM', async () => {
  const servers = await startServers();
  const adminPort = await freePort();
  const { appUrl, systemUrl } = servers.database.urls.orchestrator;
  const child = spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url))], {
    env: {
      PATH: process.env['PATH'],
      NATS_URL: servers.nats.url,
      DATABASE_APP_URL: appUrl,
      DATABASE_SYSTEM_URL: systemUrl,
      ADMIN_PORT: String(adminPort),
      QUEUE_LIMITS: 'ion=4,rtp=2',
      OBJECT_STORE_FOLDER: join(tmpdir(), 'spectra-orchestrator-objects'),
      OBJECT_STORE_SECRET: 's'.repeat(32),
      OBJECT_STORE_BASE_URL: 'http://127.0.0.1:8003',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.includes('job-orchestrator started')) break;
    }
    const ready = await fetch(`http://127.0.0.1:${adminPort}/health/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'healthy' }]);
    const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
    for (const name of ['spectra_outbox_lag_seconds 0', 'spectra_dead_letters 0', 'spectra_queue_depth']) {
      expect(metrics).toContain(name);
    }
    const client = await connectMessaging({ url: servers.nats.url, name: 'test', logger: silentLogger() });
    expect(await client.call('jobs', healthRpc, { body: {} })).toMatchObject({ ok: true });
    await client.close();
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
    await servers.close();
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
