import { expect, test } from 'vitest';
import { checkSopLimits } from './sop-limits.ts';

const ranges = { energy_kev: { minimum: 1, maximum: 200 } };
const check = (limits: Parameters<typeof checkSopLimits>[0]) => {
  const result = checkSopLimits(limits, ranges);
  return result.ok ? 'ok' : result.refusal.errors;
};

test('bounds on and within the limits of the product are taken', () => {
  expect(check({ energy_kev: { minimum: 1, maximum: 200 } })).toBe('ok');
  expect(check({ energy_kev: { maximum: 60 } })).toBe('ok');
  expect(check({})).toBe('ok');
});

test('a bound beyond the product is refused with field, value and limit', () => {
  expect(check({ energy_kev: { minimum: 0.5, maximum: 201 } })).toEqual([
    {
      path: 'limits.energy_kev.minimum',
      message: 'outside the limits of the product',
      value: 0.5,
      limit: { minimum: 1, maximum: 200 },
    },
    {
      path: 'limits.energy_kev.maximum',
      message: 'outside the limits of the product',
      value: 201,
      limit: { minimum: 1, maximum: 200 },
    },
  ]);
});

test('a name that no recipe has is refused and the known ones are told: it would hold nothing', () => {
  expect(check({ energy: { maximum: 60 } })).toMatchObject([
    { path: 'limits.energy', limit: { one_of: ['energy_kev'] } },
  ]);
});

test('a minimum above its maximum is refused', () => {
  expect(check({ energy_kev: { minimum: 60, maximum: 50 } })).toMatchObject([
    { path: 'limits.energy_kev', value: 60, limit: { maximum: 50 } },
  ]);
});
