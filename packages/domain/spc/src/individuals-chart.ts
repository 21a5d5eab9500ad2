import type { ConstantsSource } from './chart-constants.ts';
import { chosenRangeMoments, unbiasingC4 } from './chart-constants.ts';
import type { Baseline, ControlChart, SigmaMethod } from './control-chart.ts';
import { meanOf, standardDeviationOf } from './control-chart.ts';

/** Single values in order of time. */
export type IndividualsData = {
  readonly values: readonly number[];
  readonly baseline?: Pick<Baseline, 'center' | 'sigma'>;
  readonly phaseOneCount?: number;
  /** Mean moving range when left out; a method of subgroups is refused. */
  readonly sigmaMethod?: SigmaMethod;
  /** Printed table when left out. */
  readonly constants?: ConstantsSource;
};

/**
 * I–MR chart: limits x̄ ± 3 σ with σ = mean|x_i − x_{i−1}| / d2(2), and D4(2) σ d2 for the moving range.
 * Source: NIST/SEMATECH e-Handbook 6.3.2.2. Worked value: its ten flow rates, x̄ = 50.81, mean range 1.8778:
 * 45.8159 to 55.8041 with d2 = 1.128 as printed.
 */
export function individualsChart(data: IndividualsData): ControlChart {
  const moments = chosenRangeMoments(2, data.constants ?? 'table');
  const baseline = individualsBaseline(data);
  const { center, sigma } = baseline;
  const points = data.values.map((value) => ({
    value,
    center,
    lower: center - 3 * sigma,
    upper: center + 3 * sigma,
    sigma,
  }));
  const ranges = movingRanges(data.values).map((value) => ({
    value,
    center: moments.d2 * sigma,
    lower: Math.max(0, (moments.d2 - 3 * moments.d3) * sigma),
    upper: (moments.d2 + 3 * moments.d3) * sigma,
    sigma: moments.d3 * sigma,
  }));
  return {
    baseline,
    series: [
      { statistic: 'individual', points },
      { statistic: 'moving_range', points: ranges },
    ],
  };
}

/**
 * Centre and sigma of single values: σ = mean|x_i − x_{i−1}| / d2(2), or s / c4(n). Source: Montgomery (2013),
 * section 6.4. Worked value: 1, 2, 4 by s: 1.527525/0.886227 = 1.723627.
 */
export function individualsBaseline(data: IndividualsData): Baseline {
  if (data.baseline) return { ...data.baseline, method: 'given', samples: 0 };
  const first = data.values.slice(0, data.phaseOneCount ?? data.values.length);
  if (first.length < 2)
    throw new RangeError(`data has ${first.length} values to estimate from; 2 or more are needed`);
  const method = data.sigmaMethod ?? 'moving_range';
  if (method === 'standard_deviation') {
    const sigma = standardDeviationOf(first) / unbiasingC4(first.length);
    return { center: meanOf(first), sigma, method, samples: first.length };
  }
  if (method !== 'moving_range') {
    throw new RangeError(
      `sigmaMethod is ${method}; for single values it must be moving_range or standard_deviation`,
    );
  }
  const { d2 } = chosenRangeMoments(2, data.constants ?? 'table');
  const sigma = meanOf(movingRanges(first)) / d2;
  return { center: meanOf(first), sigma, method: 'moving_range', samples: first.length };
}

function movingRanges(values: readonly number[]): number[] {
  return values.slice(1).map((value, i) => Math.abs(value - values[i]!));
}
