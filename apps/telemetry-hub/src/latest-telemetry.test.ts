import type { Caller } from '@spectra/schemas';
import { manualClock, testDatabase, type TestDatabase } from '@spectra/testkit';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { alertMessage, eventMessage, telemetryMessage } from '../test/messages.ts';
import { readLatest } from './latest-telemetry.ts';
import { createStreamStore, type StreamStore } from './store/stream-store.ts';

const migrationsFolder = fileURLToPath(new URL('../migrations', import.meta.url));
const caller: Caller = { orgId: randomUUID(), userId: 'u', role: 'viewer' };
const clock = manualClock();
let database: TestDatabase<'telemetry'>;
let store: StreamStore;

beforeAll(async () => {
  database = await testDatabase([{ schema: 'telemetry', migrationsFolder }]);
  store = createStreamStore(database.open('telemetry'));
});
afterAll(() => database.close());

const newRun = () => ({ orgId: caller.orgId, process: 'ion', runId: `ION-${randomUUID()}` });

it('is the last sample of the newest batch, with its age and its place in the stream', async () => {
  const run = newRun();
  const storedAt = new Date(clock.nowMs()).toISOString();
  await store.append(
    [
      eventMessage({ run, messageId: 'start', type: 'spectra.run.started' }),
      telemetryMessage({ run, messageId: 't1', batch: 1, time_s: [0.1, 0.2], values: [4, 5] }),
      telemetryMessage({
        run,
        messageId: 't2',
        batch: 2,
        waferIndex: 1,
        time_s: [0.3, 0.4],
        values: [5, null],
        storedAt,
      }),
      alertMessage({ run, messageId: 'alert' }),
    ],
    null,
  );
  clock.advance(40);
  const told = await readLatest({ store, clock }, caller, run.runId);
  expect(told).toEqual({
    ok: true,
    value: {
      frame: {
        seq: 3,
        at: storedAt,
        age_ms: 40,
        wafer_index: 1,
        time_s: 0.4,
        values: { beam_current_ma: null },
      },
    },
  });
});

it('is nothing before the first batch, for another organisation, and refused without a caller', async () => {
  const run = newRun();
  await store.append([eventMessage({ run, messageId: 'start', type: 'spectra.run.started' })], null);
  const none = { ok: true, value: { frame: null } };
  expect(await readLatest({ store, clock }, caller, run.runId)).toEqual(none);
  await store.append([telemetryMessage({ run, messageId: 't1', batch: 1 })], null);
  const stranger = { ...caller, orgId: randomUUID() };
  expect(await readLatest({ store, clock }, stranger, run.runId)).toEqual(none);
  const nobody = await readLatest({ store, clock }, undefined, run.runId);
  expect(nobody).toMatchObject({ refusal: { code: 'unauthenticated' } });
});
