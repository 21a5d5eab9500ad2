import type { Baseline, ControlChart } from './control-chart.ts';

/** Counts of faulty units (p) or of faults (u), each with the size of its sample. */
export type AttributeData = {
  readonly counts: readonly number[];
  readonly sizes: readonly number[];
  /** Fraction or rate of phase I; estimated from the data when left out. */
  readonly center?: number;
  readonly phaseOneCount?: number;
};

/**
 * p chart: fraction faulty, limits p̄ ± 3 √(p̄(1−p̄)/n) cut to 0..1. Source: Montgomery (2013), section 7.2.
 * Worked value: p̄ = 0.2313, n = 50: 0.0524 to 0.4102.
 */
export function pChart(data: AttributeData): ControlChart {
  data.counts.forEach((count, i) => {
    if (count > data.sizes[i]!)
      throw new RangeError(`counts[${i}] is ${count}; it must not exceed its size ${data.sizes[i]}`);
  });
  return attributeChart(data, {
    statistic: 'fraction',
    ceiling: 1,
    unitSigma: (p) => Math.sqrt(p * (1 - p)),
  });
}

/**
 * u chart: faults per unit, limits ū ± 3 √(ū/n), not below 0. Source: Montgomery (2013), section 7.3. With
 * every size 1 it is a c chart. Worked value: ū = 1.93, n = 5: 0.0661 to 3.7939.
 */
export function uChart(data: AttributeData): ControlChart {
  return attributeChart(data, { statistic: 'rate', ceiling: Infinity, unitSigma: Math.sqrt });
}

/**
 * np chart: faulty units per sample of one size; the p chart times n. Worked value: p̄ = 0.2313, n = 50:
 * 2.62 to 20.51.
 */
export function npChart(data: AttributeData): ControlChart {
  return inCounts(pChart(data), data, 'faulty_units');
}

/** c chart: faults per sample, ū n ± 3 √(ū n). Worked value: c̄ = 19.846: 6.4814 to 33.2109. */
export function cChart(data: AttributeData): ControlChart {
  return inCounts(uChart(data), data, 'faults');
}

function inCounts(chart: ControlChart, data: AttributeData, statistic: string): ControlChart {
  const series = chart.series.map((line) => ({
    statistic,
    points: line.points.map((point, i) => {
      const size = data.sizes[i]!;
      return {
        value: point.value * size,
        center: point.center * size,
        lower: point.lower * size,
        upper: point.upper * size,
        sigma: point.sigma * size,
      };
    }),
  }));
  return { baseline: chart.baseline, series };
}

function attributeChart(
  data: AttributeData,
  law: { statistic: string; ceiling: number; unitSigma: (center: number) => number },
): ControlChart {
  const baseline = attributeBaseline(data, law.unitSigma);
  const { center } = baseline;
  const points = data.counts.map((count, i) => {
    const size = data.sizes[i]!;
    const sigma = baseline.sigma / Math.sqrt(size);
    const lower = Math.max(0, center - 3 * sigma);
    return { value: count / size, center, lower, upper: Math.min(law.ceiling, center + 3 * sigma), sigma };
  });
  return { baseline, series: [{ statistic: law.statistic, points }] };
}

function attributeBaseline(data: AttributeData, unitSigma: (center: number) => number): Baseline {
  if (data.sizes.length !== data.counts.length) {
    throw new RangeError(`sizes has ${data.sizes.length} entries; it must have ${data.counts.length}`);
  }
  data.counts.forEach((count, i) => {
    if (!(count >= 0)) throw new RangeError(`counts[${i}] is ${count}; it must be 0 or more`);
    if (!(data.sizes[i]! > 0)) throw new RangeError(`sizes[${i}] is ${data.sizes[i]}; it must be above 0`);
  });
  if (data.center !== undefined) {
    return { center: data.center, sigma: unitSigma(data.center), method: 'given', samples: 0 };
  }
  const length = data.phaseOneCount ?? data.counts.length;
  const total = (list: readonly number[]) => list.slice(0, length).reduce((sum, value) => sum + value, 0);
  const center = total(data.counts) / total(data.sizes);
  return { center, sigma: unitSigma(center), method: 'pooled_counts', samples: length };
}
