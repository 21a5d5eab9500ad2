import { jobStatusSchema } from '@spectra/schemas';
import { describe, expect, it } from 'vitest';
import {
  shareOfProgress,
  statusesOfV1,
  taskStatuses,
  taskStatusOf,
  v1Statuses,
  v1StatusOf,
} from './status-views.ts';

describe('the outside views of a status', () => {
  it('lead back to a set that holds the status, and the sets share nothing', () => {
    for (const status of jobStatusSchema.options) expect(statusesOfV1(v1StatusOf(status))).toContain(status);
    const all = v1Statuses.flatMap(statusesOfV1);
    expect(all.toSorted()).toEqual(jobStatusSchema.options.toSorted());
  });

  it('use every word of both interfaces', () => {
    expect(new Set(jobStatusSchema.options.map(v1StatusOf))).toEqual(new Set(v1Statuses));
    expect(new Set(jobStatusSchema.options.map(taskStatusOf))).toEqual(new Set(taskStatuses));
  });

  it('say what the table of contradictions says', () => {
    const shown = jobStatusSchema.options.map((status) => [status, v1StatusOf(status), taskStatusOf(status)]);
    expect(shown).toEqual([
      ['blocked', 'pending', 'PENDING'],
      ['queued', 'pending', 'PENDING'],
      ['running', 'running', 'PROCESSING'],
      ['retrying', 'running', 'PENDING'],
      ['held', 'pending', 'PENDING'],
      ['completed', 'completed', 'COMPLETED'],
      ['failed', 'failed', 'FAILED'],
      ['cancelled', 'cancelled', 'REVOKED'],
    ]);
  });
});

describe('progress', () => {
  it('of every hundredth of a per cent comes back from its share', () => {
    for (let basisPoints = 0; basisPoints <= 10_000; basisPoints += 1) {
      const share = shareOfProgress(basisPoints / 100);
      expect(Math.round(share * 10_000)).toBe(basisPoints);
      expect(share >= 0 && share <= 1).toBe(true);
    }
  });
});
