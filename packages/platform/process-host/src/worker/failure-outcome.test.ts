import { describe, expect, test } from 'vitest';
import { ToolOutcomeUnknown, ToolRefused, ToolUnreachable } from '../tool/tool-errors.ts';
import { failureOutcome } from './failure-outcome.ts';

const connectionLost = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' });

describe('before any wafer was exposed', () => {
  const run = { exposed: false, interruptedWafer: 'hold' as const };
  test.each([
    ['an unreachable tool', new ToolUnreachable('away')],
    ['a lost connection', connectionLost],
    ['a tripped tool', new ToolRefused('tripped', 'silent')],
  ])('%s is tried again', (_name, error) => {
    expect(failureOutcome(error, run)).toMatchObject({ kind: 'failed', error: { transient: true } });
  });

  test('a bug is not', () => {
    expect(failureOutcome(new TypeError('oops'), run)).toMatchObject({
      kind: 'failed',
      error: { code: 'worker_fault', transient: false },
    });
  });
});

describe('after exposure', () => {
  test('an unknown outcome of a command always waits for a person', () => {
    for (const interruptedWafer of ['resume', 'hold'] as const) {
      const outcome = failureOutcome(new ToolOutcomeUnknown('no answer'), {
        exposed: true,
        interruptedWafer,
      });
      expect(outcome.kind).toBe('held');
    }
  });

  test('a process that may resume is tried again after a passing fault only', () => {
    const run = { exposed: true, interruptedWafer: 'resume' as const };
    expect(failureOutcome(connectionLost, run).kind).toBe('failed');
    expect(failureOutcome(new TypeError('oops'), run).kind).toBe('held');
  });

  test('a process that must hold never fails by itself', () => {
    const run = { exposed: true, interruptedWafer: 'hold' as const };
    for (const error of [connectionLost, new TypeError('oops'), new ToolRefused('tripped', 'silent')]) {
      expect(failureOutcome(error, run).kind).toBe('held');
    }
  });
});
