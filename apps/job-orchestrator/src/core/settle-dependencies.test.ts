import { jobStatusSchema, type Dependency, type JobStatus } from '@spectra/schemas';
import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aJob, situation } from '../../test/a-job.ts';
import { settleDependencies, waitingStep } from './settle-dependencies.ts';

const blocked = aJob({ status: 'blocked', currentStep: 'Waits for ION-1' });
const on = (status: JobStatus, index = 0): Dependency => ({
  job_id: `00000000-0000-4000-8000-00000000000${index}`,
  run_id: `ION-${index}`,
  status,
});
const settle = (statuses: readonly JobStatus[], onFailure: 'hold' | 'cancel' = 'hold') =>
  settleDependencies(blocked, { dependencies: statuses.map(on), onFailure }, situation({ nowMs: 7 }));

describe('a blocked job', () => {
  test('is released exactly when all it depends on is completed, and given up exactly when one is lost', () => {
    assert(
      property(
        array(constantFrom(...jobStatusSchema.options), { minLength: 1, maxLength: 6 }),
        (statuses) => {
          const lost = statuses.some((status) => status === 'failed' || status === 'cancelled');
          const met = statuses.every((status) => status === 'completed');
          const expected = lost ? 'held' : met ? 'queued' : 'blocked';
          expect(settle(statuses).job.status).toBe(expected);
        },
      ),
    );
  });

  test('is held with the name of what was lost, and a person may let it go on', () => {
    const held = settle(['completed', 'failed']);
    expect(held.job.heldReason).toBe('ION-1, on which this one depends, failed');
    expect(held.effects).toMatchObject([{ kind: 'event', type: 'spectra.run.held' }]);
  });

  test('is cancelled instead when its creator said so', () => {
    const cancelled = settle(['cancelled'], 'cancel');
    expect(cancelled.job).toMatchObject({
      status: 'cancelled',
      completedAtMs: 7,
      cancelReason: 'ION-0, on which this one depends, was cancelled',
    });
  });

  test('tells that it stands in its queue now', () => {
    const released = settle(['completed']);
    expect(released.job).toMatchObject({ status: 'queued', currentStep: 'Queued' });
    expect(released.effects).toMatchObject([{ kind: 'event', type: 'spectra.run.queued' }]);
  });
});

test('a job in any other state is left alone, whatever its dependencies', () => {
  for (const status of jobStatusSchema.options.filter((one) => one !== 'blocked')) {
    const job = aJob({ status });
    const decision = settleDependencies(
      job,
      { dependencies: [on('failed')], onFailure: 'cancel' },
      situation(),
    );
    expect([decision.job === job, decision.reply]).toEqual([true, 'not-blocked']);
  }
});

test('the waiting step names three and counts the rest', () => {
  const jobs = Array.from({ length: 5 }, (_, index) => ({
    jobId: `j${index}`,
    runId: index === 1 ? null : `R${index}`,
  }));
  expect(waitingStep(jobs)).toBe('Waits for R0, job j1, R2 and 2 more');
});
