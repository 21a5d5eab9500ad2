import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { freePort } from './free-port.ts';
import { identityOf, isAlive } from './process-identity.ts';
import { natsConfiguration, natsVersion, startNats } from './start-nats.ts';
import { startPostgres } from './start-postgres.ts';

const folder = mkdtempSync(join(tmpdir(), 'spectra-servers-'));
// Postgres may run as another OS user, who must pass through.
chmodSync(folder, 0o711);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('Postgres', () => {
  it('keeps committed rows over kill -9 of the server and over a clean stop', async () => {
    const options = { folder: join(folder, 'postgres'), port: await freePort(), adminPassword: 'p@ss/word' };
    const ask = async (url: string, text: string) => {
      const client = new Client({ connectionString: url });
      await client.connect();
      const found = await client.query(text);
      await client.end();
      return found.rows;
    };
    const first = await startPostgres(options);
    await ask(first.adminUrl, 'create table kept as select 1 as n');
    first.kill();
    await first.exited;
    const second = await startPostgres(options);
    expect(await ask(second.adminUrl, 'select n from kept')).toEqual([{ n: 1 }]);
    expect(await ask(second.adminUrl, 'show data_checksums')).toEqual([{ data_checksums: 'on' }]);
    await second.stop();
    await second.stop();
    const third = await startPostgres(options);
    expect(await ask(third.adminUrl, 'select n from kept')).toEqual([{ n: 1 }]);
    const stranger = third.adminUrl.replace(encodeURIComponent(options.adminPassword), 'wrong');
    await expect(ask(stranger, 'select 1')).rejects.toThrow(/password/);
    await third.stop();
  });
});

describe('NATS', () => {
  it('writes every message to disk at once where the server knows the field', () => {
    const text = (version: [number, number, number]) => natsConfiguration({ folder: '/x', port: 1, version });
    expect(text([2, 15, 1])).toContain('sync_interval: always');
    expect(text([2, 10, 0])).toContain('sync_interval: always');
    expect(text([2, 9, 10])).not.toContain('sync_interval');
  });

  it('serves its monitoring pages on loopback until it is stopped', async () => {
    const program = inject('natsProgram');
    const [port, monitoringPort] = [await freePort(), await freePort()];
    const server = await startNats({ program, folder: join(folder, 'nats'), port, monitoringPort });
    const page = await fetch(`http://127.0.0.1:${monitoringPort}/jsz`);
    expect(page.status).toBe(200);
    await server.stop();
    await expect(fetch(`http://127.0.0.1:${monitoringPort}/jsz`)).rejects.toThrow();
  });

  it('is not found where there is none', () => {
    expect(natsVersion('/no/such/program')).toBeUndefined();
    expect(natsVersion('true')).toBeUndefined();
  });
});

describe('a process', () => {
  it('is known by its number and its start', () => {
    const self = identityOf(process.pid);
    expect(self?.pid).toBe(process.pid);
    expect(self !== undefined && isAlive(self)).toBe(true);
    expect(identityOf(2 ** 22 + 1)).toBeUndefined();
  });
});
