import type { Channel } from '@spectra/schemas';
import { manualClock } from '@spectra/testkit';
import { describe, expect, it } from 'vitest';
import { entriesOf, eventMessage, telemetryMessage, testRun } from '../test/messages.ts';
import { StalenessWatch } from './staleness-watch.ts';
import type { RunMessage } from './stream/run-stream.ts';

function watch(channels: readonly Channel[] = []) {
  const clock = manualClock();
  const told: RunMessage[] = [];
  const staleness = new StalenessWatch({
    clock,
    channelsOf: async () => channels,
    tell: (message) => void told.push(message),
  });
  staleness.start();
  const observe = (messages: RunMessage[], ended = false) => {
    const entries = entriesOf(messages);
    staleness.observe([{ ...testRun, entries, position: { lastSeq: entries.length, ended } }]);
  };
  const changes = () =>
    told.flatMap(({ payload }) =>
      payload.kind === 'alert' ? [[payload.alert.source, payload.alert.state]] : [],
    );
  return { clock, observe, changes };
}

describe('staleness watch', () => {
  it('raises one alarm when a running run falls silent and clears it with the next telemetry', () => {
    const { clock, observe, changes } = watch();
    observe([telemetryMessage({ messageId: 'a', batch: 1 })]);
    clock.advance(4_000);
    expect(changes()).toEqual([]);
    clock.advance(20_000);
    expect(changes()).toEqual([['stale.telemetry', 'raised']]);
    observe([telemetryMessage({ messageId: 'b', batch: 2 })]);
    expect(changes()).toEqual([
      ['stale.telemetry', 'raised'],
      ['stale.telemetry', 'cleared'],
    ]);
  });

  it('takes a channel that pauses for what it is, and another without values for a blind sensor', async () => {
    const beam = { id: 'beam_current_ma', name: 'Beam current', unit: 'mA', precision: 2, period_s: 0.1 };
    const blindFor3S = async (channel: Channel) => {
      const { observe, changes } = watch([channel]);
      observe([telemetryMessage({ messageId: 'a', batch: 1 })]);
      await Promise.resolve();
      observe([telemetryMessage({ messageId: 'b', batch: 2, time_s: [1, 3], values: [null, null] })]);
      return changes();
    };
    expect(await blindFor3S(beam)).toEqual([['stale.beam_current_ma', 'raised']]);
    expect(await blindFor3S({ ...beam, pauses: true })).toEqual([]);
  });

  it('expects nothing of a run that is held or has ended', () => {
    const { clock, observe, changes } = watch();
    observe([
      telemetryMessage({ messageId: 'a', batch: 1 }),
      eventMessage({ messageId: 'h', type: 'spectra.run.held' }),
    ]);
    clock.advance(60_000);
    observe([telemetryMessage({ messageId: 'b', batch: 2 })]);
    observe([eventMessage({ messageId: 'e', type: 'spectra.run.completed' })], true);
    clock.advance(60_000);
    expect(changes()).toEqual([]);
  });
});
