import type { ConstantsSource } from './chart-constants.ts';
import type { Baseline, ChartPoint, ChartSeries, ControlChart, SigmaMethod } from './control-chart.ts';
import { meanOf, standardDeviationOf } from './control-chart.ts';
import { deviationLaw, perSize, rangeLaw, rangeOf, subgroupSigma } from './subgroup-sigma.ts';

/** Subgroups of two or more values each; sizes may differ. */
export type SubgroupData = {
  readonly subgroups: readonly (readonly number[])[];
  /** Limits of phase I, to judge new data by; estimated from the data when left out. */
  readonly baseline?: Pick<Baseline, 'center' | 'sigma'>;
  /** Estimate from the first so many subgroups only (phase I), and judge the rest by them (phase II). */
  readonly phaseOneCount?: number;
  /** Plain mean of R/d2 (X̄–R) or s/c4 (X̄–S) when left out. */
  readonly sigmaMethod?: SigmaMethod;
  /** Printed table when left out. */
  readonly constants?: ConstantsSource;
};

/**
 * X̄–R chart: limits x̿ ± 3 σ/√n and d2 σ ± 3 d3 σ with σ = mean(R/d2). Source: Montgomery (2013), section 6.2.
 * Worked value: n = 5, x̿ = 74.001176, R̄ = 0.02276: 73.98805 to 74.01430, range up to 0.04813.
 */
export function xbarRChart(data: SubgroupData): ControlChart {
  const baseline = subgroupBaseline(data, data.sigmaMethod ?? 'mean_range');
  const law = perSize(data.subgroups, (size) => rangeLaw(size, data.constants ?? 'table'));
  const points = data.subgroups.map((group) => spreadPoint(rangeOf(group), law(group), baseline.sigma));
  return { baseline, series: [meanSeries(data, baseline), { statistic: 'range', points }] };
}

/**
 * X̄–S chart: limits x̿ ± 3 σ/√n and c4 σ ± 3 σ√(1−c4²) with σ = mean(s/c4). Source: Montgomery (2013),
 * section 6.3. Worked value: the piston rings, 25 subgroups of 5: σ = 0.0098300, s up to 0.019302.
 */
export function xbarSChart(data: SubgroupData): ControlChart {
  const baseline = subgroupBaseline(data, data.sigmaMethod ?? 'mean_standard_deviation');
  const law = perSize(data.subgroups, deviationLaw);
  const points = data.subgroups.map((group) =>
    spreadPoint(standardDeviationOf(group), law(group), baseline.sigma),
  );
  return { baseline, series: [meanSeries(data, baseline), { statistic: 'standard_deviation', points }] };
}

/** Centre and sigma of subgroups, from phase I when told, or as given. */
export function subgroupBaseline(data: SubgroupData, method: SigmaMethod): Baseline {
  if (data.baseline) return { ...data.baseline, method: 'given', samples: 0 };
  const first = data.subgroups.slice(0, data.phaseOneCount ?? data.subgroups.length);
  const sigma = subgroupSigma(first, method, data.constants ?? 'table');
  return { center: meanOf(first.flat()), sigma, method, samples: first.length };
}

function meanSeries(data: SubgroupData, baseline: Baseline): ChartSeries {
  const points = data.subgroups.map((group) => {
    const sigma = baseline.sigma / Math.sqrt(group.length);
    const { center } = baseline;
    return { value: meanOf(group), center, lower: center - 3 * sigma, upper: center + 3 * sigma, sigma };
  });
  return { statistic: 'mean', points };
}

function spreadPoint(value: number, law: { expected: number; spread: number }, sigma: number): ChartPoint {
  return {
    value,
    center: law.expected * sigma,
    lower: Math.max(0, (law.expected - 3 * law.spread) * sigma),
    upper: (law.expected + 3 * law.spread) * sigma,
    sigma: law.spread * sigma,
  };
}
