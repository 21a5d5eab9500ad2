/** One plotted point with the limits that hold for it; an infinite limit is none. */
export type ChartPoint = {
  readonly value: number;
  readonly center: number;
  readonly lower: number;
  readonly upper: number;
  /** One sigma of the plotted statistic at this point. */
  readonly sigma: number;
};

/**
 * How sigma is estimated. From subgroups: the plain mean of R/d2 or s/c4, their minimum-variance weighted mean
 * (for unequal sizes), or the root mean square of s. From single values, the last two: the mean moving range/d2,
 * or s/c4 over all of them.
 */
export type SigmaMethod =
  | 'mean_range'
  | 'weighted_range'
  | 'mean_standard_deviation'
  | 'weighted_standard_deviation'
  | 'pooled_variance'
  | 'moving_range'
  | 'standard_deviation';

/** Where limits come from: estimated from given samples (phase I) or handed in (phase II). */
export type Baseline = {
  readonly center: number;
  /** One sigma of single values. */
  readonly sigma: number;
  readonly method: SigmaMethod | 'pooled_counts' | 'given';
  /** Subgroups or values that the estimate rests on; 0 when given. */
  readonly samples: number;
};

/** A line of points of one statistic. */
export type ChartSeries = { readonly statistic: string; readonly points: readonly ChartPoint[] };

/** A location series, mostly a spread series, and the baseline that both rest on. */
export type ControlChart = { readonly baseline: Baseline; readonly series: readonly ChartSeries[] };

/** Rule 1 alone, on the limits themselves: for statistics that are not independent or not symmetric. */
export function checkLimits(series: ChartSeries): number[][] {
  return series.points.map((point) => (point.value > point.upper || point.value < point.lower ? [1] : []));
}

/** The mean of a list; 0 for none is refused. */
export function meanOf(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('a mean needs at least one value');
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation (n − 1). */
export function standardDeviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
