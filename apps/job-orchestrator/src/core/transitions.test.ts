import { jobStatusSchema, type JobStatus } from '@spectra/schemas';
import { describe, expect, test } from 'vitest';
import { isTerminal, isWaiting, jobChanges, nextStatus, type JobChange } from './transitions.ts';

/** Stated a second time, by hand, so that a slip in the table shows. */
const expected: readonly [JobStatus, JobChange, JobStatus][] = [
  ['blocked', 'release', 'queued'],
  ['blocked', 'hold', 'held'],
  ['blocked', 'cancel', 'cancelled'],
  ['queued', 'claim', 'running'],
  ['queued', 'hold', 'held'],
  ['queued', 'cancel', 'cancelled'],
  ['running', 'complete', 'completed'],
  ['running', 'fail', 'failed'],
  ['running', 'retry_later', 'retrying'],
  ['running', 'hold', 'held'],
  ['running', 'cancel', 'cancelled'],
  ['retrying', 'claim', 'running'],
  ['retrying', 'hold', 'held'],
  ['retrying', 'cancel', 'cancelled'],
  ['held', 'resume', 'queued'],
  ['held', 'cancel', 'cancelled'],
  ['failed', 'redrive', 'queued'],
];
const pairs = jobStatusSchema.options.flatMap((status) =>
  jobChanges.map((change) => [status, change] as const),
);

describe('the transition table', () => {
  test.each(pairs)('%s + %s is as stated, or refused', (status, change) => {
    const stated = expected.find(([from, by]) => from === status && by === change);
    expect(nextStatus(status, change)).toBe(stated?.[2] ?? null);
  });

  test('every pair of status and change was looked at', () => {
    expect(pairs).toHaveLength(8 * 9);
  });

  test('nothing leads out of completed or cancelled, and only a redrive out of failed', () => {
    for (const change of jobChanges) {
      expect(nextStatus('completed', change)).toBeNull();
      expect(nextStatus('cancelled', change)).toBeNull();
      expect(nextStatus('failed', change) === null).toBe(change !== 'redrive');
    }
  });

  test('every status can be reached from blocked, and none but itself leads there', () => {
    expect(expected.filter(([, , to]) => to === 'blocked')).toEqual([]);
    const reached = new Set<JobStatus>(['blocked']);
    for (let round = 0; round < pairs.length; round += 1) {
      for (const [status, change] of pairs) {
        const next = nextStatus(status, change);
        if (next !== null && reached.has(status)) reached.add(next);
      }
    }
    expect([...reached].sort()).toEqual([...jobStatusSchema.options].sort());
  });

  test('a status is waiting, terminal, running, held or blocked, and only one of these', () => {
    for (const status of jobStatusSchema.options) {
      const kinds = [
        isTerminal(status),
        isWaiting(status),
        status === 'running',
        status === 'held',
        status === 'blocked',
      ];
      expect(kinds.filter(Boolean)).toHaveLength(1);
    }
  });
});
