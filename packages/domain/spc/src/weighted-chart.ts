import type { Baseline, ChartPoint, ControlChart } from './control-chart.ts';
import { meanOf } from './control-chart.ts';
import { initialCusumState, stepCusum } from './cusum.ts';
import { ewmaLimits, initialEwmaState, stepEwmaChart } from './ewma-chart.ts';
import { individualsBaseline } from './individuals-chart.ts';
import type { SubgroupData } from './subgroup-chart.ts';
import { subgroupBaseline } from './subgroup-chart.ts';

/** Values for a chart with memory: subgroups of any size, one value each for individuals. */
export type WeightedData = SubgroupData & {
  /** Where the process should be; the centre of the baseline when left out. */
  readonly target?: number;
};

/** EWMA chart of values or subgroup means; `limits` exact widens them sample by sample. */
export function ewmaChart(
  data: WeightedData,
  design: { readonly weight: number; readonly widthSigma: number; readonly limits: 'exact' | 'asymptotic' },
): ControlChart {
  const baseline = weightedBaseline(data);
  const target = data.target ?? baseline.center;
  let state = initialEwmaState({ ...design, target, sigma: baseline.sigma });
  const points = data.subgroups.map((group): ChartPoint => {
    const sigma = baseline.sigma / Math.sqrt(group.length);
    const settings = { ...design, target, sigma };
    const step = stepEwmaChart(settings, state, meanOf(group));
    state = step.state;
    const limits = ewmaLimits(settings, design.limits === 'exact' ? state.samples : Infinity);
    return {
      value: step.ewma,
      center: target,
      ...limits,
      sigma: (limits.upper - target) / design.widthSigma,
    };
  });
  return { baseline, series: [{ statistic: 'ewma', points }] };
}

/** Two-sided tabular CUSUM of values or subgroup means; both sums in sigmas of what is plotted, and the plain sum. */
export function cusumChart(
  data: WeightedData,
  design: {
    readonly allowanceSigma: number;
    readonly decisionSigma: number;
    readonly headStartSigma: number;
  },
): ControlChart {
  const baseline = weightedBaseline(data);
  const target = data.target ?? baseline.center;
  let state = initialCusumState(design.headStartSigma);
  const sums = data.subgroups.map((group) => {
    const sigma = baseline.sigma / Math.sqrt(group.length);
    state = stepCusum({ ...design, target, sigma }, state, meanOf(group)).state;
    return state;
  });
  const point = (value: number): ChartPoint => ({
    value,
    center: 0,
    lower: 0,
    upper: design.decisionSigma,
    sigma: 1,
  });
  return {
    baseline,
    series: [
      { statistic: 'cusum_upper', points: sums.map((sum) => point(sum.upper)) },
      { statistic: 'cusum_lower', points: sums.map((sum) => point(sum.lower)) },
      { statistic: 'deviation_sum', points: deviationSums(data.subgroups.map(meanOf), target) },
    ],
  };
}

/** Σ (x − target) in units of the signal: what a person looks at to see when a shift began. It has no limits. */
function deviationSums(means: readonly number[], target: number): ChartPoint[] {
  const none = { center: 0, lower: -Infinity, upper: Infinity, sigma: 0 };
  let sum = 0;
  return means.map((mean) => {
    sum += mean - target;
    return { value: sum, ...none };
  });
}

function weightedBaseline(data: WeightedData): Baseline {
  const single = data.subgroups.every((group) => group.length === 1);
  if (!single) return subgroupBaseline(data, data.sigmaMethod ?? 'mean_range');
  return individualsBaseline({ ...data, values: data.subgroups.flat() });
}
