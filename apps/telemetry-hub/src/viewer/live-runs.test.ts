import { manualClock, silentLogger } from '@spectra/testkit';
import { describe, expect, it } from 'vitest';
import { entriesOf, eventMessage, telemetryMessage, testRun } from '../../test/messages.ts';
import type { StreamEntry } from '../stream/run-stream.ts';
import type { CloseReason, Connection } from './connection.ts';
import { LiveRuns } from './live-runs.ts';
import { ViewerSession } from './viewer-session.ts';
import { createViewer } from './viewer.ts';

function recordingConnection() {
  const written: string[] = [];
  const ends: (CloseReason | 'destroyed')[] = [];
  let buffered = 0;
  let drain: () => void = () => undefined;
  const connection: Connection = {
    kind: 'sse',
    write: (bytes) => void written.push(bytes.toString()),
    bufferedBytes: () => buffered,
    ping: () => 'alive',
    close: (reason) => void ends.push(reason),
    destroy: () => void ends.push('destroyed'),
    onDrain: (run) => {
      drain = run;
    },
    onClose: () => undefined,
  };
  return {
    connection,
    written,
    ends,
    stall: () => {
      buffered = Number.MAX_SAFE_INTEGER;
    },
    flow: () => {
      buffered = 0;
      drain();
    },
    told: () =>
      written
        .flatMap((text) => text.split('\n\n'))
        .flatMap((text) => {
          const data = /^data: (.*)$/m.exec(text)?.[1];
          return data === undefined ? [] : [JSON.parse(data)];
        }),
  };
}

async function watchedRun(stored: readonly StreamEntry[] = [], requiredCharsMax = 1e6) {
  const clock = manualClock();
  const liveRuns = new LiveRuns(clock);
  liveRuns.start();
  const link = recordingConnection();
  const entered = liveRuns.enter(testRun, link.connection);
  let read: () => void = () => undefined;
  const wasRead = new Promise<void>((resolve) => (read = resolve));
  const lastSeq = stored.length;
  const session = new ViewerSession({
    run: testRun,
    viewer: createViewer({
      nextSeq: 1,
      mode: 'all',
      maxRateHz: undefined,
      limits: { droppableCharsMax: 1000, requiredCharsMax },
    }),
    connection: link.connection,
    store: {
      read: async (_, { fromSeq }) => {
        queueMicrotask(() => queueMicrotask(read));
        return {
          entries: stored.filter(({ seq }) => seq >= fromSeq),
          lastSeq,
          firstSeq: 1,
          ended: false,
          newestAt: null,
        };
      },
    },
    live: entered.position,
    logger: silentLogger(),
  });
  entered.add(session, { sessionEndsAtMs: clock.nowMs() + 60_000, userId: 'user-1' });
  session.begin();
  await wasRead;
  await Promise.resolve();
  const publish = (entries: readonly StreamEntry[], ended = false) =>
    liveRuns.publish([
      { ...testRun, entries: [...entries], position: { lastSeq: entries.at(-1)?.seq ?? 0, ended } },
    ]);
  return { clock, liveRuns, link, entered, session, publish };
}

const running = () => entriesOf([eventMessage({ messageId: 's', type: 'spectra.run.started' })]);

describe('live runs', () => {
  it('tell the last progress again, marked and without a number of its own, when a running run is silent', async () => {
    const { clock, link, publish } = await watchedRun();
    publish(running());
    clock.advance(700);
    expect(link.told()).toHaveLength(1);
    for (let second = 1; second <= 5; second += 1) {
      const before = link.told().length;
      clock.advance(1_000);
      expect(link.told().length).toBeGreaterThan(before);
    }
    expect(link.told().at(-1)).toMatchObject({
      type: 'progress',
      seq: 1,
      data: { repeated: true, status: 'running' },
    });
    expect(link.written.at(-1)).not.toContain('id:');
  });

  it('repeat nothing while news come, nor after the end', async () => {
    const { clock, link, publish } = await watchedRun();
    const entries = entriesOf([
      ...Array.from({ length: 5 }, (_, index) =>
        eventMessage({ messageId: `p${index}`, type: 'spectra.run.progressed' }),
      ),
      eventMessage({ messageId: 'end', type: 'spectra.run.completed' }),
    ]);
    for (const entry of entries) {
      publish([entry], entry.type === 'completed');
      clock.advance(500);
    }
    clock.advance(10_000);
    expect(link.told()).toHaveLength(6);
    expect(link.ends).toEqual(['ended']);
  });

  it('end a connection within 30 s after its token', async () => {
    const { clock, link } = await watchedRun();
    clock.advance(59_999);
    expect(link.ends).toEqual([]);
    clock.advance(30_000);
    expect(link.ends).toEqual(['expired']);
  });

  it('cut a viewer who is too slow for what must not be dropped', async () => {
    const { link, publish } = await watchedRun([], 2_000);
    link.stall();
    const entries = entriesOf(
      Array.from({ length: 30 }, (_, index) =>
        eventMessage({ messageId: `p${index}`, type: 'spectra.run.progressed' }),
      ),
    );
    for (const entry of entries) publish([entry]);
    expect(link.ends).toEqual(['tooSlow']);
  });

  it('send a stalled viewer everything required once it reads again, and count what it lost', async () => {
    const { link, publish, liveRuns, entered } = await watchedRun();
    link.stall();
    const entries = entriesOf([
      ...Array.from({ length: 50 }, (_, batch) => telemetryMessage({ messageId: `t${batch}`, batch })),
      eventMessage({ messageId: 'end', type: 'spectra.run.completed' }),
    ]);
    for (const entry of entries) publish([entry], entry.type === 'completed');
    expect(link.ends).toEqual([]);
    link.flow();
    const told = link.told();
    expect(told[0]).toMatchObject({ type: 'gap', data: { from_seq: 1 } });
    expect(told.at(-1)).toMatchObject({ type: 'completed', seq: 51 });
    expect(link.ends).toEqual(['ended']);
    const lost = told[0].data.dropped;
    expect(liveRuns.countDropped()).toBe(lost);
    entered.leave();
    expect(liveRuns.countDropped()).toBe(lost);
    expect(liveRuns.countViewers()).toBe(0);
  });
});
