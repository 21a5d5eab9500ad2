import { describe, expect, it } from 'vitest';
import { rtpRecipeRules } from './recipe.ts';

const hot = { target_temp_c: 1000, duration_s: 20 };
const parse = (segment: Record<string, unknown>, more = {}) =>
  rtpRecipeRules.parse({ segments: [hot, { target_temp_c: 1100, duration_s: 20, ...segment }], ...more });

describe('an anneal recipe', () => {
  it('tells the limits of exactly the numbers that a SOP may bound', () => {
    const result = parse({});
    if (!result.ok) throw new Error('refused');
    const names = Object.keys(rtpRecipeRules.limitValues(result.value.recipe));
    expect(Object.keys(rtpRecipeRules.limitRanges).toSorted()).toEqual(names.toSorted());
    expect(rtpRecipeRules.limitRanges).toMatchObject({
      target_temp_c: { minimum: 400, maximum: 1200 },
      duration_s: { minimum: 0, maximum: 300 },
      ramp_rate_c_s: { minimum: 0, maximum: 250 },
      o2_flow_slm: { minimum: 0, maximum: 5 },
    });
  });

  it.each([
    ['a normal segment up', { ramp_rate_c_s: 100 }, { ramp_rate_c_s: 100.1 }],
    ['a spike up', { kind: 'spike', ramp_rate_c_s: 250 }, { kind: 'spike', ramp_rate_c_s: 250.1 }],
    [
      'a normal segment down',
      { target_temp_c: 900, ramp_rate_c_s: 50 },
      { target_temp_c: 900, ramp_rate_c_s: 50.1 },
    ],
    [
      'a spike down',
      { kind: 'spike', target_temp_c: 900, ramp_rate_c_s: 90 },
      { kind: 'spike', target_temp_c: 900, ramp_rate_c_s: 90.1 },
    ],
    ['a target, hottest', { target_temp_c: 1200 }, { target_temp_c: 1200.1 }],
    ['a target, coolest', { target_temp_c: 400 }, { target_temp_c: 399.9 }],
    ['a duration, longest', { duration_s: 300 }, { duration_s: 300.1 }],
    ['a duration, shortest', { duration_s: 0 }, { duration_s: -0.1 }],
  ])('%s: the limit itself is taken, just beyond is refused by field', (_name, on, beyond) => {
    expect(parse(on).ok).toBe(true);
    const refused = parse(beyond);
    const [field, value] = Object.entries(beyond).at(-1) ?? [];
    expect(!refused.ok && refused.refusal.errors).toMatchObject([{ path: `segments.1.${field}`, value }]);
    expect(!refused.ok && refused.refusal.errors?.[0]?.limit).toBeDefined();
  });
});
