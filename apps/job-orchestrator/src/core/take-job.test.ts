import { expect, test } from 'vitest';
import { aJob, situation } from '../../test/a-job.ts';
import { takeJob } from './take-job.ts';

const command = { workerId: 'w', equipmentId: 'T1' };

test('a waiting job is handed out and claimed in one step: dispatch, attempt and token each grow by one', () => {
  const job = aJob({ dispatch: 3, attempt: 2 });
  const taken = takeJob(job, command, situation({ nowMs: 1000, lease: { token: 7, jobId: null } }));
  expect(taken.reply).toEqual({ granted: true, attempt: 3, leaseToken: 8 });
  expect(taken.job).toMatchObject({
    status: 'running',
    dispatch: 4,
    attempt: 3,
    dispatchedAtMs: 1000,
    equipmentId: 'T1',
    workerId: 'w',
    leaseExpiresAtMs: 16_000,
  });
  expect(taken.effects.map((effect) => effect.kind)).toEqual(['grant-lease', 'event']);
});

test.each(['running', 'held', 'completed', 'failed', 'cancelled'] as const)(
  'a job that is %s is not given out and stays as it is',
  (status) => {
    const job = aJob({ status });
    const taken = takeJob(job, command, situation());
    expect(taken).toMatchObject({ reply: { granted: false }, effects: [] });
    expect(taken.job).toBe(job);
  },
);

test('a job whose tool somebody still holds is not given out and stays as it is', () => {
  const job = aJob({});
  const taken = takeJob(job, command, situation({ lease: { token: 7, jobId: 'other' } }));
  expect(taken.reply).toEqual({ granted: false, reason: 'the tool is held by job other' });
  expect(taken.job).toBe(job);
});
