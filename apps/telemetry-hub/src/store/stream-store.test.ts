import { expectRowLevelSecurity, testDatabase, type TestDatabase } from '@spectra/testkit';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertMessage, eventMessage, telemetryMessage, testRun } from '../../test/messages.ts';
import { createStreamStore, type StreamStore } from './stream-store.ts';

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));
let database: TestDatabase<'telemetry'>;
let store: StreamStore;

beforeAll(async () => {
  database = await testDatabase([{ schema: 'telemetry', migrationsFolder }]);
  store = createStreamStore(database.open('telemetry'));
});
afterAll(() => database.close());

const newRun = (orgId: string = testRun.orgId) => ({ orgId, process: 'ion', runId: `ION-${randomUUID()}` });
const all = { fromSeq: 1, limit: 1000 };

describe('stream store', () => {
  it('binds every table to its organisation', async () => {
    await expectRowLevelSecurity({
      adminUrl: database.adminUrl,
      schema: 'telemetry',
      withoutOrg: ['ingest_positions'],
    });
  });

  it('numbers each run by itself and gives back the very text, however many times a message comes', async () => {
    const [left, right] = [newRun(), newRun()];
    const messages = [1, 2, 3].flatMap((batch) => [
      telemetryMessage({ run: left, messageId: `l${batch}`, batch }),
      telemetryMessage({ run: right, messageId: `r${batch}`, batch, values: [null] }),
    ]);
    const first = await store.append(messages, null);
    const again = await store.append(
      [...messages, ...messages, telemetryMessage({ run: left, messageId: 'l4', batch: 4 })],
      null,
    );
    expect(first.repeated).toBe(0);
    expect(again.repeated).toBe(12);
    const page = await store.read(left, all);
    expect(page.entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(page.entries.map(({ text }) => text)).toEqual(
      [...first.runs, ...again.runs]
        .filter(({ runId }) => runId === left.runId)
        .flatMap(({ entries }) => entries.map(({ text }) => text)),
    );
    expect(page).toMatchObject({ lastSeq: 4, firstSeq: 1, ended: false });
  });

  it('gives no number twice when two writers store at once', async () => {
    const run = newRun();
    await store.append([eventMessage({ run, messageId: 'start', type: 'spectra.run.started' })], null);
    const batches = Array.from({ length: 20 }, (_, batch) =>
      telemetryMessage({ run, messageId: `t${batch}`, batch }),
    );
    await Promise.all(batches.map((message) => store.append([message], null)));
    const { entries } = await store.read(run, all);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  });

  it('keeps text with line breaks, quotes, backslashes and zero characters apart', async () => {
    const run = newRun();
    const nasty = 'line\nbreak "quote" back\\slash \\n {comma,} \u0000 ü €';
    await store.append(
      [
        alertMessage({ run, messageId: 'a', alert: { message: nasty.replace('\u0000', '') } }),
        eventMessage({ run, messageId: 'e', type: 'spectra.run.progressed', data: { current_step: nasty } }),
      ],
      null,
    );
    const { entries } = await store.read(run, all);
    expect(entries[1]).toMatchObject({ data: { current_step: nasty } });
    expect(entries).toHaveLength(2);
  });

  it('shows nothing of another organisation', async () => {
    const run = newRun();
    await store.append([alertMessage({ run, messageId: 'a' })], null);
    const stranger = randomUUID();
    expect(await store.read({ orgId: stranger, runId: run.runId }, all)).toMatchObject({
      entries: [],
      lastSeq: 0,
    });
  });

  it('commits the position with what was read', async () => {
    const position = { stream: 'RUNS', created: 'then', sequence: 41 };
    await store.append([telemetryMessage({ run: newRun(), messageId: 't', batch: 1 })], position);
    expect(await store.readPosition('RUNS')).toEqual(position);
    await store.append([], { ...position, sequence: 42 });
    expect(await store.readPosition('RUNS')).toMatchObject({ sequence: 42 });
    expect(await store.readPosition('OTHER')).toBeNull();
  });

  it('lets a ticket be used once, and by another organisation not at all', async () => {
    const ticket = { id: randomUUID(), expiresAtMs: Date.now() + 30_000 };
    expect(await store.useTicket(testRun.orgId, ticket)).toBe(true);
    expect(await store.useTicket(testRun.orgId, ticket)).toBe(false);
  });

  it('sweeps what is older than asked, piece by piece, and tells where the rest begins', async () => {
    const run = newRun();
    await store.append(
      [1, 2, 3].map((batch) => telemetryMessage({ run, messageId: `t${batch}`, batch })),
      null,
    );
    expect(await store.sweep({ messagesMs: Date.now() - 3_600_000, ticketsMs: 0, limit: 1000 })).toBe(0);
    let removed = 0;
    for (let count = 1; count > 0; removed += count) {
      count = await store.sweep({ messagesMs: Date.now() + 3_600_000, ticketsMs: 0, limit: 7 });
    }
    expect(removed).toBeGreaterThanOrEqual(3);
    expect(await store.read(run, all)).toMatchObject({ entries: [], lastSeq: 3, firstSeq: 4 });
    await store.append([telemetryMessage({ run, messageId: 't4', batch: 4 })], null);
    expect((await store.read(run, all)).entries.map(({ seq }) => seq)).toEqual([4]);
  });
});
