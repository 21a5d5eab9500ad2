import { expect, test } from 'vitest';
import type { Sop } from '@spectra/schemas';
import { anySopGate, sopGate } from './sop-gate.ts';

function sop(change: Partial<Sop>): Sop {
  return {
    sop_id: '00000000-0000-4000-8000-000000000001',
    process: 'tank',
    title: 'Filling',
    body: '',
    hazard_class: 'high',
    limits: { level_mm: { minimum: 5, maximum: 50 } },
    content_hash: '0'.repeat(64),
    status: 'approved',
    author: 'author',
    approvals: [],
    approvals_required: 2,
    version: 1,
    status_reason: null,
    contributors: ['author'],
    comment: null,
    voided_approvals: [],
    submitted_at: null,
    latest_version: 1,
    approved_version: 1,
    created_at: '2026-01-01T00:00:00Z',
    ...change,
  };
}
const level = (lowest: number, highest = lowest) => ({ level_mm: { lowest, highest } });

test('an approved SOP covers a recipe on and within its limits', () => {
  expect(sopGate(sop({}), level(5, 50)).ok).toBe(true);
});

test('a value outside is refused with field, value and limit', () => {
  const result = sopGate(sop({}), level(4, 51));
  expect(!result.ok && result.refusal).toMatchObject({
    code: 'sop_limit_exceeded',
    errors: [
      { path: 'level_mm', value: 4, limit: { minimum: 5 } },
      { path: 'level_mm', value: 51, limit: { maximum: 50 } },
    ],
  });
});

test('a draft is refused and tells how many approvals are missing', () => {
  const result = sopGate(sop({ status: 'draft' }), level(10));
  expect(!result.ok && result.refusal.code).toBe('sop_approval_missing');
  expect(!result.ok && result.refusal.detail).toContain('lacks 2 of 2 approvals');
});

test('a retired SOP is refused with the reason of its end', () => {
  const result = sopGate(sop({ status: 'retired', status_reason: 'new gas cabinet' }), level(10));
  expect(!result.ok && result.refusal.detail).toContain('is retired (new gas cabinet)');
});

test('without a named SOP the first that covers the recipe is taken', () => {
  const narrow = sop({ title: 'Narrow', limits: { level_mm: { maximum: 6 } } });
  const wide = sop({ title: 'Wide', limits: {} });
  const result = anySopGate([narrow, wide], level(40));
  expect(result.ok && result.value.title).toBe('Wide');
});

test('when none covers it, the reason of the first is told; when none exists, that', () => {
  const narrow = sop({ limits: { level_mm: { maximum: 6 } } });
  const refused = anySopGate([narrow], level(40));
  expect(!refused.ok && refused.refusal.code).toBe('sop_limit_exceeded');
  const none = anySopGate([], level(40));
  expect(!none.ok && none.refusal.code).toBe('sop_approval_missing');
});
