import type { AlarmEvent, AlarmState } from '@spectra/schemas';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  firstRaising,
  legalEvents,
  nextAlarm,
  stateOf,
  type AlarmAct,
  type AlarmFacts,
} from './alarm-state.ts';

const at = '2026-01-01T00:00:00.000Z';
const acts: Record<AlarmEvent, AlarmAct> = {
  raise: { event: 'raise', at, latched: false },
  clear: { event: 'clear', at, latched: false },
  acknowledge: { event: 'acknowledge', at, by: 'p', comment: '' },
  shelve: { event: 'shelve', at, by: 'p', until: at, reason: 'known' },
  unshelve: { event: 'unshelve', at, by: 'p', comment: '' },
};
const events = Object.keys(acts) as AlarmEvent[];

function after(start: AlarmFacts, ...path: AlarmEvent[]): AlarmFacts {
  return path.reduce((alarm, event) => nextAlarm(alarm, acts[event]) ?? failed(event), start);
}

function failed(event: string): never {
  throw new Error(`${event} was not legal`);
}

const fresh = firstRaising(at, false);
const latched = firstRaising(at, true);
const stateAfter = (...path: AlarmEvent[]) => stateOf(after(fresh, ...path));

describe('an alarm', () => {
  const wanted: [AlarmState, AlarmEvent[]][] = [
    ['raised', []],
    ['acknowledged', ['acknowledge']],
    ['cleared', ['clear']],
    ['cleared', ['acknowledge', 'clear']],
    ['cleared', ['clear', 'acknowledge']],
    ['shelved', ['shelve']],
    ['raised', ['shelve', 'unshelve']],
    ['cleared', ['shelve', 'clear', 'unshelve']],
    ['acknowledged', ['acknowledge', 'shelve', 'unshelve']],
    ['acknowledged', ['acknowledge', 'raise']],
    ['raised', ['acknowledge', 'clear', 'raise']],
    ['raised', ['acknowledge', 'shelve', 'clear', 'raise', 'unshelve']],
  ];
  it.each(wanted)('is %s after %j', (state, path) => {
    expect(stateAfter(...path)).toBe(state);
  });

  it('that is latched stays raised after its condition until somebody has seen it', () => {
    const over = nextAlarm(latched, acts.clear) ?? failed('clear');
    expect(stateOf(over)).toBe('raised');
    expect(stateOf(after(over, 'acknowledge'))).toBe('cleared');
  });

  it('counts each raising and keeps when it first came', () => {
    const later = '2026-01-02T00:00:00.000Z';
    const again = nextAlarm(after(fresh, 'clear'), { event: 'raise', at: later, latched: false });
    expect(again).toMatchObject({ occurrences: 2, firstRaisedAt: at, raisedAt: later, clearedAt: null });
  });

  it.each([
    ['acknowledge', ['acknowledge']],
    ['acknowledge', ['clear', 'acknowledge']],
    ['acknowledge', ['shelve']],
    ['unshelve', []],
    ['unshelve', ['clear']],
  ] as [AlarmEvent, AlarmEvent[]][])('refuses to %s after %j', (event, path) => {
    expect(nextAlarm(after(fresh, ...path), acts[event])).toBeNull();
  });

  it('never leaves the table, never loses a raising, and always lets a tool speak', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(fc.constantFrom(...events), { maxLength: 40 }),
        (isLatched, path) => {
          let alarm = firstRaising(at, isLatched);
          let raised = 1;
          for (const event of path) {
            const next = nextAlarm(alarm, {
              ...acts[event],
              ...(event === 'raise' && { latched: isLatched }),
            });
            const legal = legalEvents[stateOf(alarm)].includes(event);
            if (!legal) expect(next).toBeNull();
            if (event === 'raise' || event === 'clear') expect(next).not.toBeNull();
            if (next === null) continue;
            if (event === 'raise') raised += 1;
            alarm = next;
            expect(alarm.occurrences).toBe(raised);
            expect(stateOf(alarm) === 'shelved').toBe(alarm.shelved !== null);
          }
        },
      ),
    );
  });
});
