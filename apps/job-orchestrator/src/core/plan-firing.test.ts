import { assert, constantFrom, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cronFault, cronTimes, upcomingTimes } from './cron.ts';
import { lateMs, planFiring } from './plan-firing.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const at = (text: string) => Date.parse(text);
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Auckland',
  'America/Havana',
];
const begin2026 = at('2026-01-01T00:00:00Z');
const instants = integer({ min: 0, max: 730 * 24 * 60 }).map((minutes) => begin2026 + minutes * 60_000);
const patterns = constantFrom(
  '30 2 * * *',
  '*/15 * * * *',
  '0 0 * * 1',
  '5,35 1-3 * * *',
  '0 12 1 * *',
  '45 23 28-31 * *',
);

/** A local time as a person in the zone reads it from the clock. */
const wallClock = (zone: string) => {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  return (ms: number) => format.format(ms);
};

describe('the times of a pattern', () => {
  test('always come after the instant, in whole minutes, one after the other', () => {
    assert(
      property(patterns, constantFrom(...zones), instants, (pattern, zone, from) => {
        let before = from;
        for (const time of upcomingTimes(cronTimes(pattern, zone), from, 20)) {
          expect(time).toBeGreaterThan(before);
          expect(time % 60_000).toBe(0);
          before = time;
        }
      }),
      { numRuns: 200 },
    );
  });

  test('of a daily fixed time are one for each day of the calendar, whatever the clock does', () => {
    assert(
      property(
        constantFrom(...zones),
        integer({ min: 0, max: 23 }),
        integer({ min: 0, max: 59 }),
        (zone, hour, minute) => {
          const days = upcomingTimes(cronTimes(`${minute} ${hour} * * *`, zone), begin2026 - dayMs, 400).map(
            (time) => wallClock(zone)(time).slice(0, 10),
          );
          expect(new Set(days).size).toBe(400);
          const [first = '', last = ''] = [days[0], days.at(-1)];
          expect(Math.round((at(`${last}T00:00:00Z`) - at(`${first}T00:00:00Z`)) / dayMs)).toBe(399);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a local time that is skipped in spring comes once, at the end of the gap', () => {
    const spring = at('2026-03-28T12:00:00Z');
    const next = (pattern: string) =>
      upcomingTimes(cronTimes(pattern, 'Europe/Berlin'), spring, 2).map((time) =>
        new Date(time).toISOString(),
      );
    expect(next('30 2 * * *')).toEqual(['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']);
    expect(next('0,30 2 * * *')).toEqual(['2026-03-29T01:00:00.000Z', '2026-03-30T00:00:00.000Z']);
  });

  test('a local time that comes twice in autumn fires once, also when asked between the two', () => {
    const times = cronTimes('30 2 * * *', 'Europe/Berlin');
    expect(times.nextAfter(at('2026-10-24T12:00:00Z'))).toBe(at('2026-10-25T00:30:00Z'));
    expect(times.nextAfter(at('2026-10-25T00:30:00Z'))).toBe(at('2026-10-26T01:30:00Z'));
    expect(times.nextAfter(at('2026-10-25T00:45:00Z'))).toBe(at('2026-10-26T01:30:00Z'));
  });

  test('of an interval follow elapsed time through both changes', () => {
    for (const day of ['2026-03-29', '2026-10-25']) {
      const times = upcomingTimes(cronTimes('*/30 * * * *', 'Europe/Berlin'), at(`${day}T00:00:00Z`), 12);
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      expect(new Set(gaps)).toEqual(new Set([hourMs / 2]));
    }
  });

  test.each([
    ['* * * * * *', 'UTC', 'cron', 'five fields'],
    ['61 * * * *', 'UTC', 'cron', 'cannot be read'],
    ['0 0 30 2 *', 'UTC', 'cron', 'never comes'],
    ['@daily', 'UTC', 'cron', 'five fields'],
    ['0 0 * * *', 'Europe/Nowhere', 'time_zone', 'IANA'],
    ['0 0 * * *', '+02:00', 'time_zone', 'IANA'],
  ])('%s in %s is refused at %s', (pattern, zone, path, words) => {
    const fault = cronFault(pattern, zone, begin2026);
    expect([fault?.path, fault?.message]).toEqual([path, expect.stringContaining(words)]);
  });
});

describe('a schedule that is looked at', () => {
  test('fires each due time once and in order, however irregularly somebody looks', () => {
    assert(
      property(
        patterns,
        constantFrom(...zones),
        instants,
        integer({ min: 1, max: 40 }),
        (pattern, zone, from, stepS) => {
          const times = cronTimes(pattern, zone);
          const expected = upcomingTimes(times, from, 5);
          const last = expected.at(-1) ?? 0;
          const fired: number[] = [];
          let nextDueMs = expected[0] ?? null;
          // The manual clock jumps to just before each due time and then walks, as polling does.
          for (let now = from; nextDueMs !== null && nextDueMs <= last; ) {
            const plan = planFiring({ times, missed: 'skip', nextDueMs }, now);
            if (plan?.fires === true) fired.push(plan.dueMs);
            if (plan !== null) nextDueMs = plan.nextDueMs;
            now = Math.max(now + stepS * 1000, (nextDueMs ?? 0) - stepS * 500);
          }
          expect(fired).toEqual(expected);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('after an absence makes up for missed times once, or skips them, and counts them', () => {
    assert(
      property(
        patterns,
        constantFrom(...zones),
        instants,
        integer({ min: 2, max: 400 }),
        (pattern, zone, from, absentH) => {
          const times = cronTimes(pattern, zone);
          const nextDueMs = times.nextAfter(from) ?? 0;
          const now = nextDueMs + absentH * hourMs;
          const due = upcomingTimes(times, from, 5000).filter((time) => time <= now);
          const latest = due.at(-1) ?? 0;
          const onTime = now - latest <= lateMs;
          const once = planFiring({ times, missed: 'once', nextDueMs }, now);
          const skip = planFiring({ times, missed: 'skip', nextDueMs }, now);
          expect(once?.fires).toBe(true);
          expect(skip?.fires).toBe(onTime);
          expect(once?.nextDueMs).toBe(times.nextAfter(now));
          if (due.length < 1000) expect([once?.dueMs, once?.missed]).toEqual([latest, due.length - 1]);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('is left alone before its time', () => {
    const times = cronTimes('0 * * * *', 'UTC');
    expect(planFiring({ times, missed: 'once', nextDueMs: 1000 }, 999)).toBeNull();
  });
});
