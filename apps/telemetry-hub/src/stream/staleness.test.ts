import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSilence, observeBatch, unwatched, type StalenessChange } from './staleness.ts';

const rules = { periodS: new Map([['beam_current_ma', 0.1]]), periodsMissedMax: 10, silentAfterMs: 5000 };
const batch = (fromS: number, values: (number | null)[]) => ({
  wafer_index: 0,
  time_s: values.map((_, index) => fromS + index / 10),
  channels: { beam_current_ma: values },
});

describe('staleness', () => {
  it('raises and clears in turn, whatever comes', () => {
    const blocks = fc.array(fc.array(fc.option(fc.integer()), { maxLength: 15 }), { maxLength: 40 });
    fc.assert(
      fc.property(blocks, (drawn) => {
        let state = unwatched;
        let timeS = 0;
        const changes: StalenessChange[] = [];
        for (const values of drawn) {
          const told = observeBatch(state, batch(timeS, values), timeS * 1000, rules);
          timeS += values.length / 10;
          state = told.after;
          changes.push(...told.changes);
        }
        expect(changes.map((change) => change.state)).toEqual(
          changes.map((_, index) => (index % 2 === 0 ? 'raised' : 'cleared')),
        );
        expect(state.stale.size).toBe(changes.length % 2);
      }),
    );
  });

  it('a sensor blind for more than ten periods is stale, and fresh again with its next value', () => {
    const blind = Array.from({ length: 12 }, () => null);
    const first = observeBatch(unwatched, batch(0, [5]), 0, rules);
    const second = observeBatch(first.after, batch(0.1, blind), 100, rules);
    expect(second.changes).toMatchObject([{ parameter: 'beam_current_ma', state: 'raised' }]);
    const third = observeBatch(second.after, batch(1.3, [5]), 200, rules);
    expect(third.changes).toMatchObject([{ parameter: 'beam_current_ma', state: 'cleared' }]);
  });

  it('tells silence once, and its end with the next batch', () => {
    expect(checkSilence(unwatched, 1e9, rules).changes).toEqual([]);
    const seen = observeBatch(unwatched, batch(0, [5]), 1000, rules).after;
    expect(checkSilence(seen, 6000, rules).changes).toEqual([]);
    const silent = checkSilence(seen, 6001, rules);
    expect(silent.changes).toMatchObject([{ parameter: 'telemetry', state: 'raised' }]);
    expect(checkSilence(silent.after, 9000, rules).changes).toEqual([]);
    const back = observeBatch(silent.after, batch(0.1, [5]), 9000, rules);
    expect(back.changes).toMatchObject([{ parameter: 'telemetry', state: 'cleared', ageS: 8 }]);
  });
});
