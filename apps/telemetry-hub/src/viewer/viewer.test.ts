import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertMessage, entriesOf, eventMessage, telemetryMessage } from '../../test/messages.ts';
import type { StreamEntry } from '../stream/run-stream.ts';
import type { ViewerMode } from './conflate.ts';
import { createViewer } from './viewer.ts';

type Told = {
  type: string;
  seq: number;
  data: {
    from_seq: number;
    to_seq: number;
    time_s: number[];
    channels: Record<string, (number | null)[]>;
    wafer_index: number;
  };
};

const roomy = { droppableCharsMax: 1e9, requiredCharsMax: 1e9 };

function view(entries: readonly StreamEntry[], mode: ViewerMode, maxRateHz?: number, limits = roomy): Told[] {
  const viewer = createViewer({ nextSeq: 1, mode, maxRateHz, limits });
  for (const entry of entries) expect(viewer.accept(entry)).toBe('taken');
  return viewer.take(Number.MAX_SAFE_INTEGER).map(({ text }) => JSON.parse(text));
}

const stream = fc
  .array(
    fc.record({
      kind: fc.constantFrom('telemetry', 'telemetry', 'telemetry', 'progress', 'alert'),
      stepMs: fc.integer({ min: 0, max: 400 }),
      values: fc.array(fc.option(fc.integer({ min: -50, max: 50 })), { minLength: 1, maxLength: 5 }),
      newWafer: fc.boolean(),
    }),
    { minLength: 1, maxLength: 80 },
  )
  .map((drawn) => {
    let atMs = 0;
    let waferIndex = 0;
    let timeS = 0;
    return entriesOf([
      ...drawn.map(({ kind, stepMs, values, newWafer }, index) => {
        atMs += stepMs;
        const messageId = String(index);
        if (kind === 'progress') return eventMessage({ messageId, type: 'spectra.run.progressed' });
        if (kind === 'alert') return alertMessage({ messageId });
        waferIndex += newWafer && index % 7 === 0 ? 1 : 0;
        const time_s = values.map(() => (timeS += 1));
        const storedAt = new Date(atMs).toISOString();
        return telemetryMessage({ messageId, batch: index, waferIndex, time_s, values, storedAt });
      }),
      eventMessage({ messageId: 'end', type: 'spectra.run.completed' }),
    ]);
  });

const rates = fc.constantFrom(undefined, 0.5, 2, 10, 100);
const samplesOf = (told: readonly { type: string; data: unknown }[]) =>
  told
    .filter(({ type }) => type === 'telemetry')
    .flatMap(({ data }) => {
      const { time_s, channels } = data as Told['data'];
      return time_s.map((at, index) => [at, channels['beam_current_ma']?.[index]]);
    });

describe('createViewer', () => {
  it('shows every sample once and in order in mode all, at any rate, and rising numbers', () => {
    fc.assert(
      fc.property(stream, rates, (entries, rate) => {
        const told = view(entries, 'all', rate);
        expect(samplesOf(told)).toEqual(samplesOf(entries));
        const numbers = told.map(({ seq }) => seq);
        expect(numbers).toEqual([...new Set(numbers)].sort((left, right) => left - right));
      }),
    );
  });

  it('never loses an event, an alert or the ending, and never lets a number fall, in any mode', () => {
    fc.assert(
      fc.property(
        stream,
        rates,
        fc.constantFrom<ViewerMode>('all', 'latest', 'decimated'),
        (entries, rate, mode) => {
          const told = view(entries, mode, rate, { droppableCharsMax: 400, requiredCharsMax: 1e9 });
          const kept = (list: readonly { type: string; seq: number }[]) =>
            list.filter(({ type }) => type !== 'telemetry' && type !== 'gap').map(({ seq }) => seq);
          expect(kept(told)).toEqual(kept(entries));
          const numbers = told.map(({ seq }) => seq);
          expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
        },
      ),
    );
  });

  it('covers every number by a message or a told gap when it is too slow', () => {
    fc.assert(
      fc.property(stream, fc.integer({ min: 0, max: 1000 }), (entries, droppableCharsMax) => {
        const told = view(entries, 'all', undefined, { droppableCharsMax, requiredCharsMax: 1e9 });
        const covered = told.flatMap(({ type, seq, data }) =>
          type === 'gap'
            ? Array.from({ length: data.to_seq - data.from_seq + 1 }, (_, i) => data.from_seq + i)
            : [seq],
        );
        expect(covered).toEqual(entries.map(({ seq }) => seq));
      }),
    );
  });

  it('keeps every wafer’s extremes in mode decimated', () => {
    fc.assert(
      fc.property(stream, rates, (entries, rate) => {
        const told = view(entries, 'decimated', rate);
        const extremes = (list: readonly { type: string; data: unknown }[]) => {
          const byWafer = new Map<number, number[]>();
          for (const { type, data } of list) {
            if (type !== 'telemetry') continue;
            const { wafer_index, channels } = data as Told['data'];
            const values = (channels['beam_current_ma'] ?? []).filter((value) => value !== null);
            byWafer.set(wafer_index, [...(byWafer.get(wafer_index) ?? []), ...values]);
          }
          return [...byWafer].map(([wafer, values]) => [wafer, Math.min(...values), Math.max(...values)]);
        };
        expect(extremes(told)).toEqual(extremes(entries));
      }),
    );
  });

  it('sends at most the asked rate in mode latest, and the newest sample before the ending', () => {
    const batches = Array.from({ length: 100 }, (_, batch) =>
      telemetryMessage({ messageId: `t${batch}`, batch, time_s: [batch], values: [batch] }),
    );
    const entries = entriesOf([
      ...batches,
      eventMessage({ messageId: 'end', type: 'spectra.run.completed' }),
    ]);
    const told = view(entries, 'latest', 1).filter(({ type }) => type === 'telemetry');
    expect(told).toHaveLength(11);
    expect(told.at(-1)?.data.time_s).toEqual([99]);
  });

  it('takes no message twice and asks for what is missing', () => {
    const entries = entriesOf([1, 2, 3].map((batch) => telemetryMessage({ messageId: `t${batch}`, batch })));
    const [first, second, third] = entries;
    const viewer = createViewer({ nextSeq: 2, mode: 'all', maxRateHz: undefined, limits: roomy });
    expect(first && viewer.accept(first)).toBe('old');
    expect(third && viewer.accept(third)).toBe('hole');
    expect(second && viewer.accept(second)).toBe('taken');
    expect(third && viewer.accept(third)).toBe('taken');
    expect(viewer.take(1e6).map(({ seq }) => seq)).toEqual([2, 3]);
  });

  it('tells what can no longer be had and goes on after it', () => {
    const [, , third] = entriesOf(
      [1, 2, 3].map((batch) => telemetryMessage({ messageId: `t${batch}`, batch })),
    );
    const viewer = createViewer({ nextSeq: 1, mode: 'all', maxRateHz: undefined, limits: roomy });
    viewer.skip(2, '2026-01-01T00:00:00.000Z');
    expect(third && viewer.accept(third)).toBe('taken');
    const told = viewer.take(1e6).map(({ text }) => JSON.parse(text));
    expect(told[0]).toMatchObject({ type: 'gap', seq: 2, data: { from_seq: 1, to_seq: 2, dropped: 2 } });
    expect(told[1]).toMatchObject({ type: 'telemetry', seq: 3 });
  });
});
