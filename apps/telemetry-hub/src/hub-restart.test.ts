import { once } from 'node:events';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hubRig, publishLife, type HubRig } from '../test/hub-rig.ts';
import { eventMessage, telemetryMessage } from '../test/messages.ts';
import { numbers, openWebSocket, range, type Reader } from '../test/readers.ts';
import type { RunAddress } from './stream/run-stream.ts';

let rig: HubRig;
let folder: string;
const main = fileURLToPath(new URL('main.ts', import.meta.url));

beforeAll(async () => {
  rig = await hubRig();
  folder = await mkdtemp(join(tmpdir(), 'spectra-hub-'));
});
afterAll(async () => {
  await rig.close();
  await rm(folder, { recursive: true, force: true });
});

const bearer = (run: RunAddress) => ({ authorization: `Bearer ${rig.tokens.access({ org: run.orgId })}` });
const open = (url: string, run: RunAddress, after: number) =>
  openWebSocket(`${url}/api/ion/stream/${run.runId}?from=${after}`, bearer(run));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The hub as a process of its own, ready to serve. */
async function startProcess(): Promise<{ child: ChildProcess; url: string; log: () => string }> {
  const file = join(folder, `keys-${randomBytes(4).toString('hex')}.json`);
  const keys = rig.tokens.keys.keys.map((key) => ({ ...key, private_pem: 'not for the hub' }));
  await writeFile(file, JSON.stringify({ ...rig.tokens.keys, keys }));
  const { appUrl, systemUrl } = rig.database.urls.telemetry;
  const port = await freePort();
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      NATS_URL: rig.nats.url,
      DATABASE_APP_URL: appUrl,
      DATABASE_SYSTEM_URL: systemUrl,
      TOKEN_KEYS_FILE: file,
      HTTP_PORT: String(port),
      ADMIN_PORT: String(await freePort()),
      STREAM_QUERY_TOKEN: 'on',
      LOG_LEVEL: 'trace',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: unknown) => {
      log += String(chunk);
      if (log.includes('telemetry-hub started')) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', () => reject(new Error(`the hub did not start: ${log}`)));
  });
  return { child, url: `http://127.0.0.1:${port}`, log: () => log };
}

describe('a hub', () => {
  it('killed again and again in the middle goes on without a hole and without a double', async () => {
    const run = rig.newRun();
    const batches = 400;
    const perHub = 60;
    const seen: number[] = [];
    let waiting: { count: number; resolve: () => void }[] = [];
    const seenAtLeast = (count: number) =>
      new Promise<void>((resolve) => {
        if (seen.length >= count) resolve();
        else waiting.push({ count, resolve });
      });
    const publishing = (async () => {
      for (let batch = 1; batch <= batches; batch += 1) {
        await rig.publish(telemetryMessage({ run, messageId: `${run.runId}t${batch}`, batch }));
        // The run outlives several hubs, and each of them has something left to read.
        if (batch % 100 === 0) await seenAtLeast(batch - perHub);
      }
      await rig.publish(eventMessage({ run, messageId: `${run.runId}end`, type: 'spectra.run.completed' }));
    })();
    let kills = 0;
    for (let finished = false; !finished; kills += 1) {
      const hub = await startProcess();
      const reader: Reader = await open(hub.url, run, seen.length);
      await reader.until((told) => told.at(-1)?.type === 'completed' || told.length > perHub);
      finished = reader.told.at(-1)?.type === 'completed';
      hub.child.kill('SIGKILL');
      await once(hub.child, 'exit');
      await reader.closed;
      seen.push(...numbers(reader.told));
      for (const { count, resolve } of waiting) if (seen.length >= count) resolve();
      waiting = waiting.filter(({ count }) => seen.length < count);
      expect(seen).toEqual(range(1, seen.length));
    }
    await publishing;
    expect(kills).toBeGreaterThan(3);
    expect(seen).toEqual(range(1, batches + 1));
  });

  it('writes no token and no ticket into its log', async () => {
    const run = rig.newRun();
    const hub = await startProcess();
    const token = rig.tokens.access({ org: run.orgId });
    const ticket = rig.tokens.ticket({ org: run.orgId, run_id: run.runId, process: 'ion' });
    const address = `${hub.url}/api/ion/stream/${run.runId}`;
    const readers = [
      await openWebSocket(`${address}?token=${token}`),
      await openWebSocket(`${address}?ticket=${ticket}`),
      await openWebSocket(address, { authorization: `Bearer ${token}` }),
    ];
    await fetch(`${hub.url}/api/ion/runs/${run.runId}/events?token=${token}x`);
    await fetch(`${hub.url}/nowhere?token=${token}`);
    hub.child.kill('SIGTERM');
    const ends = await Promise.all(readers.map((reader) => reader.closed));
    expect(ends.map(({ code }) => code)).toEqual([1001, 1001, 1001]);
    if (hub.child.exitCode === null) await once(hub.child, 'exit');
    expect(hub.child.exitCode, hub.log()).toBe(0);
    expect(hub.log()).toContain('/api/ion/runs/');
    for (const secret of [token, ticket]) expect(hub.log()).not.toContain(secret.slice(-40));
  });

  it('reads on, in the same numbers, after the stream server was wiped', async () => {
    const run = rig.newRun();
    const hub = await rig.startHub();
    const reader = await open(hub.url, run, 0);
    const first = telemetryMessage({ run, messageId: `${run.runId}t1`, batch: 1 });
    await rig.publish(first);
    await reader.until((told) => told.length === 2);
    await rig.nats.stop();
    await rig.nats.wipe();
    await rig.nats.start();
    await reconnected();
    await rig.messaging.ensureStreams();
    await rig.publish(first);
    await rig.publish(telemetryMessage({ run, messageId: `${run.runId}t2`, batch: 2 }));
    await rig.publish(eventMessage({ run, messageId: `${run.runId}end`, type: 'spectra.run.completed' }));
    expect((await reader.closed).code).toBe(1000);
    expect(numbers(reader.told)).toEqual([1, 2, 3]);
    await hub.stop();
  });

  it('makes its consumer again when somebody deletes it', async () => {
    const run = rig.newRun();
    const hub = await rig.startHub();
    const reader = await open(hub.url, run, 0);
    await rig.publish(telemetryMessage({ run, messageId: `${run.runId}t0`, batch: 1 }));
    await reader.until((told) => told.length === 2);
    await rig.messaging.manager.consumers.delete('RUNS', 'telemetry-hub');
    const count = await publishLife(rig, run, 3);
    await reader.closed;
    expect(numbers(reader.told)).toEqual(range(1, count + 1));
    await hub.stop();
  });
});

async function reconnected(): Promise<void> {
  for await (const status of rig.messaging.connection.status()) {
    if (status.type === 'reconnect') return;
  }
}
