import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, PermissionViolationError, type NatsConnection } from '@nats-io/transport-node';
import { freePort } from '@spectra/local-servers';
import { streams } from '@spectra/schemas';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ensureReaderConsumer, natsAccess, natsAccessSchema } from './index.ts';

const own = '3f8d29a4-63a5-4c0e-9f1c-0a7d4dd3f1aa';
const other = '0b7e0d9e-52a1-4c66-8f0e-6d7c1f2a3b4c';
const access = natsAccessSchema.parse({
  readers: [
    { name: 'mes', org_id: own, kind: 'live', password_variable: 'MES_PASSWORD' },
    { name: 'yield', org_id: own, kind: 'durable', password_variable: 'YIELD_PASSWORD' },
    { name: 'rival', org_id: other, kind: 'durable', password_variable: 'RIVAL_PASSWORD' },
  ],
});
const passwords = {
  SPECTRA_SERVICES_PASSWORD: 'services-secret',
  MES_PASSWORD: 'mes-secret',
  YIELD_PASSWORD: 'yield-secret',
  RIVAL_PASSWORD: 'rival-secret',
};
let url: string;
let stop: () => Promise<void>;
let services: NatsConnection;
const event = JSON.stringify({ type: 'spectra.run.started' });

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spectra-access-'));
  const port = await freePort();
  url = `nats://127.0.0.1:${port}`;
  await writeFile(join(folder, 'accounts.conf'), natsAccess(access));
  const settings = `host: 127.0.0.1\nport: ${port}\njetstream { store_dir: "${folder}/store" }\ninclude accounts.conf\n`;
  await writeFile(join(folder, 'nats-server.conf'), settings);
  const server = spawn(inject('natsProgram'), ['-c', join(folder, 'nats-server.conf')], {
    env: { ...process.env, ...passwords },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    let log = '';
    server.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('Server is ready')) resolve();
    });
    server.once('exit', () => reject(new Error(log)));
  });
  stop = async () => {
    server.kill();
    await once(server, 'exit');
    await rm(folder, { recursive: true, force: true });
  };
  services = await enter('spectra-services', 'services-secret');
  const manager = await jetstreamManager(services);
  await manager.streams.add({ name: streams.runs.name, subjects: [...streams.runs.subjects] });
  await ensureReaderConsumer(manager, { name: 'yield', org_id: own });
  await ensureReaderConsumer(manager, { name: 'rival', org_id: other });
});
afterAll(async () => {
  await services.close();
  await stop();
});

function enter(user: string, pass: string, inboxPrefix = '_INBOX'): Promise<NatsConnection> {
  return connect({ servers: url, user, pass, inboxPrefix, reconnect: false });
}

/** The operations that the server denied while `work` ran. */
async function denied(connection: NatsConnection, work: () => void): Promise<string[]> {
  const faults: string[] = [];
  const status = connection.status();
  const reading = (async () => {
    for await (const { type, ...rest } of status) {
      const fault = 'error' in rest ? rest.error : null;
      if (type === 'error' && fault instanceof PermissionViolationError) {
        faults.push(`${fault.operation} ${fault.subject}`);
      }
    }
  })();
  work();
  await connection.flush();
  await connection.close();
  await reading;
  return faults;
}

const publishDenied = [
  `fab.${own}.ion.ION-1.event`,
  `spectra.fab.${own}.ion.ION-1.event`,
  'rpc.jobs.create-run',
  'jobs.dispatch.ion',
  'jobs.cancel.5f0c1a52-7d0c-4a51-9a3e-2f6f0f4a1b11',
  '$JS.API.STREAM.LIST',
  '$JS.API.STREAM.DELETE.RUNS',
  '$JS.API.STREAM.MSG.GET.RUNS',
  '$JS.API.DIRECT.GET.RUNS',
  '$JS.API.CONSUMER.CREATE.RUNS',
  '$JS.API.CONSUMER.DURABLE.CREATE.RUNS.mine',
  '$JS.API.CONSUMER.DELETE.RUNS.reader-yield',
  '$JS.API.CONSUMER.MSG.NEXT.RUNS.reader-rival',
  '$JS.API.CONSUMER.INFO.RUNS.reader-rival',
  '$JS.ACK.RUNS.reader-rival.1.1.1.1.1',
  '$SYS.REQ.SERVER.PING',
];
const subscribeDenied = [
  '>',
  '_INBOX.>',
  '_INBOX_rival.>',
  'fab.>',
  `fab.${own}.>`,
  `fab.${other}.>`,
  `spectra.fab.${other}.>`,
  'rpc.>',
  'jobs.>',
  '$JS.EVENT.>',
  '$SYS.>',
];

describe.each([
  ['a live reader', 'mes', 'mes-secret'],
  ['a durable reader', 'yield', 'yield-secret'],
])('%s', (_, user, password) => {
  it.each(publishDenied)('may not publish %s', async (subject) => {
    const connection = await enter(user, password);
    expect(await denied(connection, () => connection.publish(subject, 'x'))).toEqual([`publish ${subject}`]);
  });

  it.each(subscribeDenied)('may not subscribe to %s', async (subject) => {
    const connection = await enter(user, password);
    const subscribe = () => void connection.subscribe(subject, { callback: () => undefined });
    expect(await denied(connection, subscribe)).toEqual([`subscription ${subject}`]);
  });
});

describe('access', () => {
  it('is given to nobody without a name or with a wrong password', async () => {
    await expect(connect({ servers: url, reconnect: false })).rejects.toThrow(/authorization/i);
    await expect(enter('mes', 'yield-secret')).rejects.toThrow(/authorization/i);
  });

  it('of a live reader shows its organisation under the prefix and nothing of others', async () => {
    const connection = await enter('mes', 'mes-secret');
    const messages = connection.subscribe(`spectra.fab.${own}.>`, { max: 1 });
    await connection.flush();
    await publish(other, 'ION-0');
    await publish(own, 'ION-1');
    const subjects: string[] = [];
    for await (const message of messages) subjects.push(message.subject);
    expect(subjects).toEqual([`spectra.fab.${own}.ion.ION-1.event`]);
    await connection.close();
  });

  it('of a durable reader gives each message of its organisation until it is acknowledged', async () => {
    await publish(other, 'ION-2');
    await publish(own, 'ION-3');
    const read = async () => {
      const connection = await enter('yield', 'yield-secret', '_INBOX_yield');
      const consumer = await jetstream(connection).consumers.get('RUNS', 'reader-yield');
      const subjects: string[] = [];
      for await (const message of await consumer.fetch({ max_messages: 100, expires: 1_000 })) {
        subjects.push(message.subject);
        await message.ackAck();
      }
      await connection.close();
      return subjects;
    };
    const first = await read();
    expect(first).toContain(`fab.${own}.ion.ION-3.event`);
    expect(first.filter((subject) => subject.includes(other))).toEqual([]);
    expect(await read()).toEqual([]);
  });

  it.each([
    ['live', { NATS_USER: 'mes', NATS_PASSWORD: 'mes-secret', ORG_ID: own }],
    [
      'durable',
      {
        NATS_USER: 'yield',
        NATS_PASSWORD: 'yield-secret',
        NATS_INBOX: '_INBOX_yield',
        CONSUMER: 'reader-yield',
      },
    ],
  ])('is what the example subscriber needs, %s', async (kind, environment) => {
    const file = fileURLToPath(new URL('../../examples/subscribe-runs.ts', import.meta.url));
    const child = spawn(process.execPath, [file], {
      env: { ...process.env, NATS_URL: url, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    for await (const chunk of child.stdout) {
      if (told === '') await publish(own, `ION-${kind}`);
      told += String(chunk as Buffer);
      if (told.includes(`ION-${kind} event: spectra.run.started`)) break;
    }
    expect(told).toContain(`ION-${kind} event: spectra.run.started`);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
});

describe('rendering', () => {
  it('refuses names that could break out of the configuration', () => {
    const reader = { name: 'mes', org_id: own, kind: 'live', password_variable: 'MES_PASSWORD' };
    for (const wrong of [{ name: 'a" }' }, { password_variable: '$X' }, { org_id: '>' }, { kind: 'all' }]) {
      expect(natsAccessSchema.safeParse({ readers: [{ ...reader, ...wrong }] }).success).toBe(false);
    }
    expect(natsAccessSchema.safeParse({ readers: [reader, reader] }).success).toBe(false);
  });
});

async function publish(orgId: string, runId: string): Promise<void> {
  await jetstream(services).publish(`fab.${orgId}.ion.${runId}.event`, event);
}
