import { runSubject, telemetryRpc, type Alert, type Role } from '@spectra/schemas';
import { manualClock, silentLogger, testDatabase, type TestDatabase } from '@spectra/testkit';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hubRig, type HubRig } from '../../test/hub-rig.ts';
import { alertMessage, eventMessage, testRun } from '../../test/messages.ts';
import { openWebSocket } from '../../test/readers.ts';
import { createStreamStore, type StreamStore } from '../store/stream-store.ts';
import type { RunAddress } from '../stream/run-stream.ts';
import { createAlarmDesk, type AlarmDesk } from './alarm-desk.ts';
import { AlarmKeeper } from './alarm-keeper.ts';

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));
let database: TestDatabase<'telemetry'>;
let store: StreamStore;
let desk: AlarmDesk;

beforeAll(async () => {
  database = await testDatabase([{ schema: 'telemetry', migrationsFolder }]);
  const opened = database.open('telemetry');
  store = createStreamStore(opened);
  desk = createAlarmDesk(opened);
});
afterAll(() => database.close());

const all = { limit: 100, offset: 0 };
const at = '2026-01-01T01:00:00.000Z';

function newRun(orgId: string = randomUUID()): RunAddress {
  return { orgId, process: 'ion', runId: `ION-${randomUUID()}` };
}

async function say(run: RunAddress, alert: Partial<Alert>): Promise<void> {
  await store.append([alertMessage({ run, messageId: randomUUID(), alert })], null);
}

async function only(orgId: string, filter: object = {}) {
  const { items, total } = await desk.list(orgId, { ...all, ...filter });
  expect(total).toBe(1);
  const [item] = items;
  if (item === undefined) throw new Error('no alarm');
  return item;
}

describe('an alarm in Postgres', () => {
  it('counts up when it comes again, in this run and in another', async () => {
    const first = newRun();
    const second = newRun(first.orgId);
    await say(first, { state: 'raised', severity: 'warning' });
    await say(first, { state: 'cleared' });
    await say(first, { state: 'raised' });
    expect(await only(first.orgId)).toMatchObject({ state: 'raised', occurrences: 2, run_id: first.runId });
    await say(second, { state: 'raised', severity: 'critical', value: 9, at });
    expect(await only(first.orgId)).toMatchObject({
      occurrences: 3,
      run_id: second.runId,
      severity: 'critical',
      value: 9,
      changed_at: at,
    });
    for (const run of [first, second]) await only(first.orgId, { run_id: run.runId });
    const got = await desk.get(first.orgId, 'beam-drift');
    expect(got).toMatchObject({ ok: true, value: { occurrences: 3 } });
    if (got.ok)
      expect(got.value.history.map(({ event }) => event)).toEqual(['raise', 'raise', 'clear', 'raise']);
  });

  it('is not made by a clearing, and not changed by a second one', async () => {
    const run = newRun();
    await say(run, { state: 'cleared' });
    expect((await desk.list(run.orgId, all)).total).toBe(0);
    await say(run, { state: 'raised' });
    await say(run, { state: 'cleared', at });
    await say(run, { state: 'cleared', at: '2026-01-01T02:00:00.000Z' });
    expect(await only(run.orgId)).toMatchObject({ state: 'cleared', cleared_at: at });
  });

  it('is cleared by the end of its run, but not when charts over many runs raised it', async () => {
    const run = newRun();
    await say(run, { alarm_id: 'live', source: 'beam_drift' });
    await say(run, { alarm_id: 'chart', source: 'chart.dose_error_pct' });
    await say(run, { alarm_id: 'trip', source: 'interlock.pressure', latched: true });
    await store.append([eventMessage({ run, messageId: randomUUID(), type: 'spectra.run.completed' })], null);
    expect(await only(run.orgId, { source: 'beam_drift' })).toMatchObject({ state: 'cleared' });
    expect(await only(run.orgId, { source: 'chart.dose_error_pct' })).toMatchObject({ state: 'raised' });
    expect(await only(run.orgId, { source: 'interlock.pressure' })).toMatchObject({ state: 'raised' });
  });

  it('keeps who acknowledged it and what they said, and refuses to be acknowledged twice', async () => {
    const run = newRun();
    await say(run, { state: 'raised' });
    const act = { event: 'acknowledge', at, by: 'user-1', comment: 'seen' } as const;
    expect(await desk.act(run.orgId, 'beam-drift', act)).toMatchObject({
      ok: true,
      value: { state: 'acknowledged', acknowledged: { by: 'user-1', at, comment: 'seen' } },
    });
    expect(await desk.act(run.orgId, 'beam-drift', act)).toMatchObject({
      ok: false,
      refusal: { code: 'illegal_transition' },
    });
  });

  it('of another organisation does not exist', async () => {
    const run = newRun();
    await say(run, { state: 'raised' });
    const stranger = randomUUID();
    const act = { event: 'acknowledge', at, by: 'spy', comment: '' } as const;
    expect(await desk.list(stranger, all)).toEqual({ items: [], total: 0 });
    for (const answer of [
      await desk.get(stranger, 'beam-drift'),
      await desk.act(stranger, 'beam-drift', act),
    ]) {
      expect(answer).toMatchObject({ ok: false, refusal: { code: 'not_found' } });
    }
  });

  it.each([
    [{ state: 'cleared' }, 0],
    [{ state: 'raised', severity: 'warning', process: 'ion', parameter: 'beam_current_ma' }, 1],
    [{ equipment_id: 'OTHER' }, 0],
    [{ equipment_id: 'ION-01', from: '2026-01-01T00:00:00Z', to: '2026-01-01T00:00:01Z' }, 1],
    [{ to: '2026-01-01T00:00:00Z' }, 0],
  ])('is found by %j: %d', async (filter, count) => {
    const run = newRun();
    await say(run, { state: 'raised' });
    expect((await desk.list(run.orgId, { ...all, ...filter })).total).toBe(count);
  });
});

describe('the keeper', () => {
  it('ends a shelf in time, and tells each change once under one id, also after a failure', async () => {
    const run = newRun();
    await say(run, { state: 'raised' });
    const clock = manualClock(Date.parse(at));
    const until = new Date(clock.nowMs() + 60_000).toISOString();
    await desk.act(run.orgId, 'beam-drift', { event: 'shelve', at, by: 'user-1', until, reason: 'known' });
    const told: { subject: string; alert: Alert; messageId: string }[] = [];
    let fails = true;
    const keeper = new AlarmKeeper({
      desk,
      clock,
      logger: silentLogger(),
      messaging: {
        async publish(subject, body, { messageId }) {
          if (fails) throw new Error('no stream server');
          if (typeof body !== 'string') throw new Error('not text');
          const alert = JSON.parse(body) as Alert;
          if (alert.run_id === run.runId) told.push({ subject, alert, messageId });
          return { duplicate: false };
        },
      },
    });
    const round = async () => {
      keeper.poke();
      await keeper.stop();
    };
    await round();
    expect(told).toEqual([]);
    fails = false;
    await round();
    await round();
    expect(told.map(({ alert }) => [alert.state, alert.by])).toEqual([['shelved', 'user-1']]);
    expect(told[0]?.subject).toBe(runSubject(run, 'alert'));
    clock.advance(60_000);
    await round();
    expect(told.map(({ alert }) => [alert.state, alert.by])).toEqual([
      ['shelved', 'user-1'],
      ['raised', 'system'],
    ]);
    expect(new Set(told.map(({ messageId }) => messageId)).size).toBe(2);
    expect(await only(run.orgId)).toMatchObject({ state: 'raised', shelved: null });
  });
});

describe('alarms over NATS', () => {
  let rig: HubRig;
  let hub: Awaited<ReturnType<HubRig['startHub']>>;
  beforeAll(async () => {
    rig = await hubRig();
    hub = await rig.startHub();
  });
  afterAll(() => rig.close());

  it('can be acknowledged, shelved and unshelved, and the run’s stream tells each', async () => {
    const run = rig.newRun();
    const authorization = `Bearer ${rig.tokens.access({ org: run.orgId, role: 'engineer' })}`;
    const reader = await openWebSocket(`${hub.url}/api/ion/stream/${run.runId}`, { authorization });
    await rig.publish(alertMessage({ run, messageId: `${run.runId}a` }));
    await reader.until((seen) => seen.some(({ type }) => type === 'alert'));
    const role: Role = 'operator';
    const caller = { orgId: run.orgId, userId: 'user-1', role };
    const body = { alarm_id: 'beam-drift' };
    const acknowledged = await rig.messaging.call('telemetry', telemetryRpc.acknowledgeAlarm, {
      caller,
      body: { ...body, comment: 'seen' },
    });
    expect(acknowledged).toMatchObject({ ok: true, value: { state: 'acknowledged' } });
    const shelve = (until: string) =>
      rig.messaging.call('telemetry', telemetryRpc.shelveAlarm, {
        caller,
        body: { ...body, until, reason: 'known' },
      });
    const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    for (const until of [inHours(25), inHours(-1)]) {
      expect(await shelve(until)).toMatchObject({
        ok: false,
        refusal: { code: 'validation_failed', errors: [{ path: 'until', value: until }] },
      });
    }
    expect(await shelve(inHours(1))).toMatchObject({ ok: true, value: { state: 'shelved' } });
    await rig.messaging.call('telemetry', telemetryRpc.unshelveAlarm, { caller, body });
    const alerts = () => reader.told.filter(({ type }) => type === 'alert').map(({ data }) => data);
    await reader.until(() => alerts().length === 4);
    expect(alerts().map(({ state, by }) => [state, by])).toEqual([
      ['raised', undefined],
      ['acknowledged', 'user-1'],
      ['shelved', 'user-1'],
      ['acknowledged', 'user-1'],
    ]);
    const got = await rig.messaging.call('telemetry', telemetryRpc.getAlarm, { caller, body });
    expect(got).toMatchObject({ ok: true, value: { state: 'acknowledged', occurrences: 1 } });
    reader.cut();
  });

  it('are nobody’s without a caller', async () => {
    const body = { alarm_id: testRun.runId };
    const answer = await rig.messaging.call('telemetry', telemetryRpc.getAlarm, { body });
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'unauthenticated' } });
  });
});
