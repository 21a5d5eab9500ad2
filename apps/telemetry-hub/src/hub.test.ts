import { runSubject, telemetryRpc, healthRpc } from '@spectra/schemas';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowedOrigin, bodyOf, hubRig, publishBatches, publishLife, type HubRig } from '../test/hub-rig.ts';
import { alertMessage, eventMessage, telemetryMessage } from '../test/messages.ts';
import { numbers, openEvents, openWebSocket, range, type Reader, type Told } from '../test/readers.ts';
import type { RunAddress } from './stream/run-stream.ts';

let rig: HubRig;
let hub: Awaited<ReturnType<HubRig['startHub']>>;

beforeAll(async () => {
  rig = await hubRig();
  hub = await rig.startHub();
});
afterAll(() => rig.close());

const bearer = (run: RunAddress, role = 'engineer') => ({
  authorization: `Bearer ${rig.tokens.access({ org: run.orgId, role })}`,
});
const webSocketUrl = (run: RunAddress, query = '') => `${hub.url}/api/ion/stream/${run.runId}${query}`;
const eventsUrl = (run: RunAddress, query = '') => `${hub.url}/api/ion/runs/${run.runId}/events${query}`;
const ended = (told: readonly { type: string }[]) => told.at(-1)?.type === 'completed';

type Open = (run: RunAddress, after: number | null) => Promise<Reader>;
const doors: [string, Open][] = [
  [
    'WebSocket',
    (run, after) => openWebSocket(webSocketUrl(run, after === null ? '' : `?from=${after}`), bearer(run)),
  ],
  [
    'SSE',
    (run, after) =>
      openEvents(eventsUrl(run), {
        ...bearer(run),
        ...(after === null ? {} : { 'last-event-id': String(after) }),
      }),
  ],
];

describe.each(doors)('a stream by %s', (_, open) => {
  it('tells connected first, then everything live in order, and ends with the run', async () => {
    const run = rig.newRun();
    const reader = await open(run, null);
    await reader.until((told) => told.length === 1);
    const count = await publishLife(rig, run, 5);
    const { code } = await reader.closed;
    expect([0, 1000]).toContain(code);
    expect(reader.told[0]).toMatchObject({
      type: 'connected',
      seq: 0,
      data: {
        run_id: run.runId,
        status: 'running',
        progress: 12,
        last_seq: 0,
        next_seq: 1,
        age_ms: null,
        replay: false,
        reset: false,
        channels: [{ id: 'beam_current_ma', unit: 'mA', period_s: 0.1 }],
        limits: { beam_current_ma: { high: 50 } },
      },
    });
    expect(numbers(reader.told)).toEqual(range(1, count));
    expect(reader.told.slice(1).map(({ type }) => type)).toEqual([
      'progress',
      ...range(1, 5).map(() => 'telemetry'),
      'alert',
      'completed',
    ]);
  });

  it('replays a finished run message by message and closes', async () => {
    const run = rig.newRun();
    const live = await open(run, null);
    const count = await publishLife(rig, run, 250);
    await live.closed;
    const replay = await open(run, null);
    await replay.closed;
    expect(replay.told[0]?.data).toMatchObject({ replay: true, last_seq: count, first_seq: 1 });
    expect(replay.told.slice(1)).toEqual(live.told.slice(1));
  });

  it('resumes after forced disconnects without a hole and without a double', async () => {
    const run = rig.newRun();
    const seen: number[] = [];
    const read = async (enough: (told: readonly Told[]) => boolean) => {
      const after = seen.at(-1) ?? 0;
      const reader = await open(run, after === 0 ? null : after);
      await reader.until(enough);
      reader.cut();
      expect(reader.told[0]).toMatchObject({ type: 'connected', seq: after });
      seen.push(...numbers(reader.told));
    };
    // Part by part: however slow or lumpy everything is, each cut comes while there is more to be had.
    const parts = [20, 37, 54, 71, 88].map((length, index, all) => {
      const before = all.slice(0, index).reduce((sum, one) => sum + one, 0);
      return range(before + 1, before + length);
    });
    for (const batches of parts) {
      const publishing = publishBatches(rig, run, batches);
      const half = batches[Math.floor(batches.length / 2)] ?? 0;
      await read((told) => (told.at(-1)?.seq ?? 0) >= half);
      await publishing;
    }
    await rig.publish(eventMessage({ run, messageId: `${run.runId}:end`, type: 'spectra.run.completed' }));
    await read(ended);
    expect(seen).toEqual(range(1, parts.flat().length + 1));
  });

  it('starts anew, and says so, when asked to go on after a number that never was', async () => {
    const run = rig.newRun();
    const count = await publishLife(rig, run, 1);
    const reader = await open(run, 10_000);
    await reader.closed;
    expect(reader.told[0]?.data).toMatchObject({ reset: true });
    expect(numbers(reader.told)).toEqual(range(1, count));
  });
});

describe('access', () => {
  const statusOf = async (work: Promise<Reader>): Promise<string> => {
    try {
      (await work).cut();
      return 'open';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  const ticketOf = (run: RunAddress, given = {}) =>
    rig.tokens.ticket({ org: run.orgId, run_id: run.runId, process: 'ion', ...given });
  const both = (run: RunAddress, query: string, headers: Record<string, string>) =>
    Promise.all([
      statusOf(openWebSocket(webSocketUrl(run, query), headers)),
      statusOf(openEvents(eventsUrl(run, query), headers)),
    ]);

  it('is refused without credentials, without the permission, to strangers and to foreign pages', async () => {
    const run = rig.newRun();
    expect(await both(run, '', {})).toEqual(['401', '401']);
    expect(await both(run, '', { authorization: 'Bearer nonsense' })).toEqual(['401', '401']);
    expect(await both(run, '', bearer(run, 'annotator'))).toEqual(['403', '403']);
    expect(await both(run, '', bearer(rig.newRun()))).toEqual(['404', '404']);
    expect(await both(run, '', { ...bearer(run), origin: 'http://evil.example' })).toEqual(['403', '403']);
    expect(await both(run, '', { ...bearer(run), origin: allowedOrigin })).toEqual(['open', 'open']);
    expect(await both(run, '', bearer(run, 'viewer'))).toEqual(['open', 'open']);
    expect(await both(run, '?mode=everything', bearer(run))).toEqual(['400', '400']);
    expect(await both(run, '?unknown=1', bearer(run))).toEqual(['400', '400']);
    expect(await both(run, '?from=1&from=2', bearer(run))).toEqual(['400', '400']);
  });

  it('answers a refusal as a problem document without the secret in it', async () => {
    const run = rig.newRun();
    const answer = await fetch(eventsUrl(run, `?ticket=${ticketOf(run)}x`));
    expect(answer.status).toBe(401);
    const problem = await answer.json();
    expect(problem).toMatchObject({ code: 'unauthenticated', instance: `/api/ion/runs/${run.runId}/events` });
  });

  it('lets a ticket in once, for its run only', async () => {
    const run = rig.newRun();
    const other = rig.newRun(run.orgId);
    const ticket = ticketOf(run);
    expect(await statusOf(openWebSocket(webSocketUrl(other, `?ticket=${ticket}`)))).toBe('401');
    expect(await statusOf(openWebSocket(webSocketUrl(run, `?ticket=${ticket}`)))).toBe('open');
    expect(await statusOf(openWebSocket(webSocketUrl(run, `?ticket=${ticket}`)))).toBe('401');
    expect(await statusOf(openEvents(eventsUrl(run, `?ticket=${ticket}`)))).toBe('401');
    const stale = ticketOf(run, { iat: 1, exp: 20 });
    expect(await statusOf(openEvents(eventsUrl(run, `?ticket=${stale}`)))).toBe('401');
  });

  it('lets only one of many at once in with the same ticket', async () => {
    const run = rig.newRun();
    const ticket = ticketOf(run);
    const answers = await Promise.all(
      range(1, 10).map(() => statusOf(openWebSocket(webSocketUrl(run, `?ticket=${ticket}`)))),
    );
    expect(answers.filter((answer) => answer === 'open')).toHaveLength(1);
  });

  it('takes an access token in the address only where that is switched on', async () => {
    const run = rig.newRun();
    const token = rig.tokens.access({ org: run.orgId });
    expect(await both(run, `?token=${token}`, {})).toEqual(['401', '401']);
    const lenient = await rig.startHub({ acceptsQueryToken: true });
    const url = `${lenient.url}/api/ion/stream/${run.runId}?token=${token}`;
    expect(await statusOf(openWebSocket(url))).toBe('open');
    await lenient.stop();
  });
});

describe('a stream', () => {
  it('shows messages that came twice only once', async () => {
    const run = rig.newRun();
    const reader = await openWebSocket(webSocketUrl(run), bearer(run));
    const message = telemetryMessage({ run, messageId: 'same', batch: 1 });
    const subject = runSubject(run, 'telemetry');
    const text = JSON.stringify(bodyOf(message.payload));
    // Without a message id the stream server cannot tell them apart; the hub must.
    for (let count = 0; count < 5; count += 1) await rig.messaging.jetstream.publish(subject, text);
    await rig.publish(eventMessage({ run, messageId: `${run.runId}end`, type: 'spectra.run.completed' }));
    await reader.closed;
    expect(reader.told.map(({ type }) => type)).toEqual(['connected', 'telemetry', 'completed']);
  });

  it('is not stopped by nonsense or by a message about another run', async () => {
    const run = rig.newRun();
    const victim = rig.newRun(run.orgId);
    const reader = await openWebSocket(webSocketUrl(run), bearer(run));
    const before = hub.ingest.counts().refused;
    const { jetstream } = rig.messaging;
    await jetstream.publish(runSubject(run, 'event'), 'not json');
    await jetstream.publish(runSubject(run, 'alert'), '{}');
    await jetstream.publish(
      runSubject(run, 'alert'),
      JSON.stringify(bodyOf(alertMessage({ run: victim, messageId: 'x' }).payload)),
    );
    await jetstream.publish(runSubject({ ...run, orgId: 'not-an-organisation' }, 'event'), '{}');
    await rig.publish(
      alertMessage({ run, messageId: `${run.runId}zero`, alert: { alarm_id: 'zero', message: '\u0000' } }),
    );
    await rig.publish(eventMessage({ run, messageId: `${run.runId}end`, type: 'spectra.run.cancelled' }));
    await reader.closed;
    expect(reader.told.map(({ type }) => type)).toEqual(['connected', 'alert', 'cancelled']);
    expect(hub.ingest.counts().refused - before).toBe(4);
  });

  it('begins with the newest message when asked for the latest', async () => {
    const run = rig.newRun();
    const first = await openWebSocket(webSocketUrl(run), bearer(run));
    for (const batch of range(1, 5)) {
      await rig.publish(telemetryMessage({ run, messageId: `${run.runId}${batch}`, batch }));
    }
    await first.until((told) => told.length === 6);
    const reader = await openWebSocket(webSocketUrl(run, '?from=latest'), bearer(run));
    await reader.until((told) => told.length === 2);
    expect(reader.told[0]).toMatchObject({ seq: 4, data: { last_seq: 5, next_seq: 5 } });
    expect(reader.told[0]?.data['age_ms']).toBeGreaterThanOrEqual(0);
    expect(numbers(reader.told)).toEqual([5]);
    reader.cut();
    first.cut();
  });

  it('drops only telemetry of a slow reader, tells what, and lets it have the rest', async () => {
    const run = rig.newRun();
    const slow = await openWebSocket(webSocketUrl(run), bearer(run));
    const quick = await openWebSocket(webSocketUrl(run), bearer(run));
    await slow.until((told) => told.length === 1);
    slow.socket.pause();
    const time_s = Array.from({ length: 20_000 }, (_, index) => index / 10);
    const batches = 120;
    for (const batch of range(1, batches)) {
      await rig.publish(telemetryMessage({ run, messageId: `${run.runId}${batch}`, batch, time_s }));
      if (batch % 20 === 0) await rig.publish(alertMessage({ run, messageId: `${run.runId}a${batch}` }));
    }
    await rig.publish(eventMessage({ run, messageId: `${run.runId}end`, type: 'spectra.run.completed' }));
    await quick.closed;
    slow.socket.resume();
    await slow.closed;
    const count = batches + 6 + 1;
    expect(numbers(quick.told)).toEqual(range(1, count));
    const covered = slow.told.slice(1).flatMap(({ type, seq, data }) => {
      return type === 'gap' ? range(Number(data['from_seq']), Number(data['to_seq'])) : [seq];
    });
    expect(covered).toEqual(range(1, count));
    expect(slow.told.filter(({ type }) => type === 'gap').length).toBeGreaterThan(0);
    expect(slow.told.filter(({ type }) => type === 'alert')).toHaveLength(6);
    expect(slow.told.at(-1)?.type).toBe('completed');
  });

  it('closes on too much or too large from a viewer', async () => {
    const run = rig.newRun();
    const large = await openWebSocket(webSocketUrl(run), bearer(run));
    large.socket.send('x'.repeat(17 * 1024));
    expect((await large.closed).code).toBe(1009);
    const flood = await openWebSocket(webSocketUrl(run), bearer(run));
    for (let count = 0; count < 30; count += 1) flood.socket.send('{}');
    expect((await flood.closed).code).toBe(1008);
  });
});

describe('abilities', () => {
  it('history joins the live stream at last_seq, in the chosen range, channels and bins', async () => {
    const run = rig.newRun();
    const reader = await openWebSocket(webSocketUrl(run), bearer(run));
    const count = await publishLife(rig, run, 600);
    await reader.closed;
    const caller = { orgId: run.orgId, userId: 'user-1', role: 'engineer' } as const;
    const ask = async (body: object) => {
      const answer = await rig.messaging.call('telemetry', telemetryRpc.history, {
        caller,
        body: { run_id: run.runId, ...body },
      });
      if (!answer.ok) throw new Error(answer.refusal.detail);
      return answer.value;
    };
    const whole = await ask({});
    expect(whole.last_seq).toBe(count);
    expect(whole.time_s).toEqual(range(1, 600).map((batch) => batch / 10));
    expect(whole.minimum).toBeUndefined();
    const binned = await ask({ bins: 10, from_s: 10, to_s: 20 });
    expect(binned.time_s).toHaveLength(10);
    expect(binned.maximum?.['beam_current_ma']).toEqual(range(1, 10).map(() => 5));
    expect((await ask({ channels: ['no_such'] })).channels).toEqual({});
    const stranger = await rig.messaging.call('telemetry', telemetryRpc.history, {
      caller: { ...caller, orgId: randomUUID() },
      body: { run_id: run.runId },
    });
    expect(stranger).toMatchObject({ ok: true, value: { last_seq: 0, time_s: [] } });
  });

  it('lists the alarms of the organisation', async () => {
    const run = rig.newRun();
    const reader = await openWebSocket(webSocketUrl(run), bearer(run));
    await publishLife(rig, run, 1);
    await reader.closed;
    const caller = { orgId: run.orgId, userId: 'user-1', role: 'viewer' } as const;
    const body = { limit: 10, offset: 0 };
    const answer = await rig.messaging.call('telemetry', telemetryRpc.listAlarms, { caller, body });
    expect(answer).toMatchObject({ ok: true, value: { total: 1, items: [{ run_id: run.runId }] } });
  });

  it('tells its health', async () => {
    const answer = await rig.messaging.call('telemetry', healthRpc, { body: {} });
    expect(answer).toMatchObject({ ok: true, value: { status: 'healthy', service: 'telemetry' } });
  });
});
