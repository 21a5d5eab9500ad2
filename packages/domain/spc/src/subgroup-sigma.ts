import type { ConstantsSource } from './chart-constants.ts';
import { chosenRangeMoments, unbiasingC4 } from './chart-constants.ts';
import type { SigmaMethod } from './control-chart.ts';
import { meanOf, standardDeviationOf } from './control-chart.ts';

/**
 * One sigma within subgroups. Plain means: σ = mean(R/d2) or mean(s/c4); weighted means with weights
 * (d2/d3)² or c4²/(1−c4²), the least variance for unequal sizes; pooled: √(Σ(n−1)s²/Σ(n−1)) / c4(Σ(n−1)+1).
 * Source: Burr, J. Quality Technology 1 (1969) 163; Montgomery (2013), section 6.3. Worked value: the 25
 * piston-ring subgroups: 0.0097850 (mean range, table), 0.0098300 (mean s), 0.0098875 (pooled).
 */
export function subgroupSigma(
  groups: readonly (readonly number[])[],
  method: SigmaMethod,
  source: ConstantsSource,
): number {
  if (method === 'moving_range' || method === 'standard_deviation') {
    throw new RangeError(`sigmaMethod is ${method}; for subgroups it must be one of their own methods`);
  }
  if (method === 'pooled_variance') return pooledSigma(groups);
  const byRange = method === 'mean_range' || method === 'weighted_range';
  const bySize = perSize(groups, (size) => (byRange ? rangeLaw(size, source) : deviationLaw(size)));
  const weighted = method === 'weighted_range' || method === 'weighted_standard_deviation';
  let sum = 0;
  let weights = 0;
  for (const group of groups) {
    const { expected, spread } = bySize(group);
    const weight = weighted ? (expected / spread) ** 2 : 1;
    sum += (weight * (byRange ? rangeOf(group) : standardDeviationOf(group))) / expected;
    weights += weight;
  }
  return sum / weights;
}

/** Largest minus smallest value. */
export function rangeOf(group: readonly number[]): number {
  return Math.max(...group) - Math.min(...group);
}

/** Mean and standard deviation of the range of a subgroup, in sigmas. */
export function rangeLaw(size: number, source: ConstantsSource): { expected: number; spread: number } {
  const { d2, d3 } = chosenRangeMoments(size, source);
  return { expected: d2, spread: d3 };
}

/** Mean and standard deviation of the standard deviation of a subgroup, in sigmas. */
export function deviationLaw(size: number): { expected: number; spread: number } {
  const c4 = unbiasingC4(size);
  return { expected: c4, spread: Math.sqrt(1 - c4 * c4) };
}

/** Computes something once per subgroup size, not once per subgroup; refuses sizes below 2. */
export function perSize<T>(groups: readonly (readonly number[])[], ofSize: (size: number) => T) {
  for (const [index, group] of groups.entries()) {
    if (group.length < 2)
      throw new RangeError(`subgroup ${index} has ${group.length} values; it must have 2 or more`);
  }
  const known = new Map(
    [...new Set(groups.map((group) => group.length))].map((size) => [size, ofSize(size)]),
  );
  return (group: readonly number[]): T => {
    const law = known.get(group.length);
    if (law === undefined) throw new RangeError(`no constants were prepared for ${group.length} values`);
    return law;
  };
}

function pooledSigma(groups: readonly (readonly number[])[]): number {
  const degrees = groups.reduce((sum, group) => sum + group.length - 1, 0);
  const squares = groups.reduce((sum, group) => {
    const mean = meanOf(group);
    return sum + group.reduce((part, value) => part + (value - mean) ** 2, 0);
  }, 0);
  return Math.sqrt(squares / degrees) / unbiasingC4(degrees + 1);
}
