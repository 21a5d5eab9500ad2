import { checkRunRules } from '@spectra/spc';
import type { LimitsRow } from '../monitoring-tables.ts';

/** Rules look back over 14 points at most. */
export const pointsLookedBack = 14;

type Limits = Pick<LimitsRow, 'center' | 'sigma' | 'rules' | 'spec_lower' | 'spec_upper'>;

/** Rules that each new value breaks by frozen limits; `before` are the values just before them, oldest first. */
export function judgePoints(
  limits: Limits,
  before: readonly number[],
  values: readonly number[],
): { rules: number[]; beyondSpec: boolean }[] {
  const { center, sigma, rules, spec_lower, spec_upper } = limits;
  const points = [...before, ...values].map((value) => ({ value, center, sigma }));
  const flags = checkRunRules(points, rules === 'limits_only' ? 'nelson' : rules).slice(before.length);
  return values.map((value, index) => {
    const broken = flags[index] ?? [];
    return {
      rules: rules === 'limits_only' ? broken.filter((rule) => rule === 1) : broken,
      beyondSpec: value < (spec_lower ?? -Infinity) || value > (spec_upper ?? Infinity),
    };
  });
}
