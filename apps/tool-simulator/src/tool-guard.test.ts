import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attach, command, detach, hear, mustTrip, poweredUp, trip } from './tool-guard.ts';
import type { ToolGuard } from './tool-guard.ts';

type Act =
  | { op: 'attach' | 'hear' | 'detach'; token: number }
  | { op: 'command'; token: number; sequence: number }
  | { op: 'trip' | 'restart' };

const token = fc.integer({ min: 1, max: 6 });
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ op: fc.constantFrom('attach', 'hear', 'detach'), token }),
  fc.record({ op: fc.constant('command' as const), token, sequence: fc.integer({ min: 0, max: 8 }) }),
  fc.record({ op: fc.constantFrom('trip', 'restart') }),
);

function apply(guard: ToolGuard, act: Act): { guard: ToolGuard; done: boolean } {
  switch (act.op) {
    case 'attach': {
      const { guard: next, refusal } = attach(guard, act.token, 0);
      return { guard: next, done: refusal === null };
    }
    case 'hear': {
      const { guard: next, refusal } = hear(guard, act.token, 0);
      return { guard: next, done: refusal === null };
    }
    case 'command': {
      const { guard: next, refusal } = command(guard, act, 0);
      return { guard: next, done: refusal === null };
    }
    case 'detach': {
      const { refusal } = hear(guard, act.token, 0);
      return refusal ? { guard, done: false } : { guard: detach(guard), done: true };
    }
    case 'trip':
      return { guard: trip(guard), done: true };
    case 'restart':
      return { guard: poweredUp(guard.highestToken, 0), done: true };
  }
}

describe('the tool guard, over random histories', () => {
  test('a command is never done for a token below the highest one seen, through trips and restarts', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (history) => {
        let guard = poweredUp(0, 0);
        let highest = 0;
        for (const entry of history) {
          const next = apply(guard, entry);
          if (next.done && 'token' in entry) {
            expect(entry.token).toBeGreaterThanOrEqual(highest);
            highest = Math.max(highest, entry.token);
          }
          expect(next.guard.highestToken).toBeGreaterThanOrEqual(guard.highestToken);
          guard = next.guard;
        }
      }),
    );
  });

  test('commands are done in an unbroken sequence: each number once, none skipped', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (history) => {
        let guard = poweredUp(0, 0);
        const done: number[] = [];
        for (const entry of history) {
          if (entry.op === 'restart') done.length = 0;
          const next = apply(guard, entry);
          if (next.done && entry.op === 'command') done.push(entry.sequence);
          guard = next.guard;
        }
        expect(done).toEqual(done.map((_, index) => index + 1));
      }),
    );
  });

  test('after a trip or a restart no command is done before a new session', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (history) => {
        let guard = poweredUp(0, 0);
        let open = false;
        for (const entry of history) {
          const next = apply(guard, entry);
          if (entry.op === 'command' && next.done) expect(open).toBe(true);
          if (entry.op === 'attach' && next.done) open = true;
          if (entry.op === 'trip' || entry.op === 'restart') open = false;
          guard = next.guard;
        }
      }),
    );
  });
});

describe('the watchdog', () => {
  const attached = attach(poweredUp(0, 0), 1, 1_000).guard;
  const watch = (nowMs: number, energised = true) =>
    mustTrip(attached, { energised, nowMs, silenceMsMax: 2_000 });

  test('trips when nothing was heard for longer than the limit, not before', () => {
    expect(watch(3_000)).toBe(false);
    expect(watch(3_001)).toBe(true);
  });

  test('leaves a tool without energy alone', () => {
    expect(watch(60_000, false)).toBe(false);
  });

  test('trips once', () => {
    expect(mustTrip(trip(attached), { energised: true, nowMs: 60_000, silenceMsMax: 2_000 })).toBe(false);
  });
});

test('a refusal names what was expected', () => {
  const { guard } = attach(poweredUp(0, 0), 5, 0);
  expect(command(guard, { token: 5, sequence: 3 }, 0).refusal?.message).toContain('1 was expected');
  expect(attach(guard, 4, 0).refusal).toEqual({ code: 'stale_token', message: 'token 4 is older than 5' });
});
