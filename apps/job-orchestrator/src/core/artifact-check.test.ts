import { describe, expect, it } from 'vitest';
import { artifactState, orphanFate, ownerOfKey, type ObjectOwner } from './artifact-check.ts';

const row = { sizeBytes: 10, sha256: 'a' };
const orgId = '11111111-1111-4111-8111-111111111111';
const jobId = '22222222-2222-4222-8222-222222222222';

describe('the state of an artifact', () => {
  it.each([
    [null, null, 'missing'],
    [{ sizeBytes: 9, sha256: 'a' }, null, 'wrong_size'],
    [{ sizeBytes: 10, sha256: 'b' }, null, 'wrong_sha256'],
    [{ sizeBytes: 10, sha256: 'a' }, 'missing', 'kept'],
    [{ sizeBytes: 10, sha256: null }, 'kept', 'kept'],
    // Only reading the bytes can say that they are good again.
    [{ sizeBytes: 10, sha256: null }, 'wrong_sha256', 'wrong_sha256'],
    [{ sizeBytes: 10, sha256: 'a' }, 'wrong_sha256', 'kept'],
  ] as const)('of %j after %s is %s', (found, before, state) => {
    expect(artifactState(row, found, before)).toBe(state);
  });
});

describe('an object', () => {
  it('tells whose it is by its key', () => {
    expect(ownerOfKey(`org/${orgId}/runs/ION-1/chart/dose.svg`)).toEqual({
      kind: 'run',
      orgId,
      runId: 'ION-1',
      fileKind: 'chart',
      name: 'dose.svg',
    });
    expect(ownerOfKey(`org/${orgId}/jobs/${jobId}/result.json`)).toMatchObject({ kind: 'job', jobId });
  });

  it.each([
    'org/nobody/runs/ION-1/chart/dose.svg',
    `org/${orgId}/runs/ION-1/dose.svg`,
    `org/${orgId}/runs/ION-1/chart/deeper/dose.svg`,
    `org/${orgId}/jobs/not-an-id/result.json`,
    `org/${orgId}/other/x/y`,
    `elsewhere/${orgId}/runs/ION-1/chart/dose.svg`,
  ])('of the form %s is nobody’s', (key) => {
    expect(ownerOfKey(key)).toBeNull();
  });
});

describe('what may be done with an object without a row', () => {
  const run = ownerOfKey(`org/${orgId}/runs/ION-1/chart/dose.svg`);
  const job = ownerOfKey(`org/${orgId}/jobs/${jobId}/result.json`);
  const facts = { seenForS: 100, graceS: 60 };

  it('a record of a run is never removed', () => {
    for (const seenForS of [0, 59, 61, 1e9]) {
      for (const state of ['none', 'under-way', 'ended'] as const) {
        expect(orphanFate(run, { seenForS, graceS: 60, job: state })).not.toBe('remove');
      }
    }
  });

  it.each([
    [run, 'ended', 'adopt'],
    [run, 'under-way', 'wait'],
    [run, 'none', 'leave'],
    [job, 'ended', 'remove'],
    [job, 'none', 'remove'],
    [job, 'under-way', 'wait'],
    [null, 'none', 'leave'],
  ] as [ObjectOwner | null, 'none' | 'under-way' | 'ended', string][])('%j %s: %s', (owner, state, fate) => {
    expect(orphanFate(owner, { ...facts, job: state })).toBe(fate);
    if (owner !== null) expect(orphanFate(owner, { seenForS: 59, graceS: 60, job: state })).not.toBe('adopt');
  });
});
