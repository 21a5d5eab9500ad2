import type { Moments } from '../profile/range-moments.ts';

/** Power sums of the stopped ions of one batch; depths relative to `scaleNm` so that they stay of order one. */
export type PowerSums = {
  ions: number;
  stopped: number;
  depth: [number, number, number, number];
  lateral2: number;
};

/** Moments with one standard error for each. */
export type MomentsWithErrors = { moments: Moments; standardErrors: Moments };

/**
 * Moments of all batches and their standard errors by the jackknife over batches,
 * s² = (n−1)/n Σ (θ₍ᵢ₎ − θ̄)². Source: Efron & Stein, Ann. Stat. 9 (1981) 586. With one batch the errors are NaN.
 */
export function momentsWithErrors(batches: readonly PowerSums[], scaleNm: number): MomentsWithErrors {
  const total = batches.reduce(addSums, emptySums());
  const moments = momentsOf(total, scaleNm);
  const leftOut = batches.map((batch) => momentsOf(addSums(total, negative(batch)), scaleNm));
  const error = (quantity: keyof Moments): number => {
    const n = leftOut.length;
    if (n < 2) return Number.NaN;
    const mean = leftOut.reduce((sum, m) => sum + m[quantity], 0) / n;
    return Math.sqrt(((n - 1) / n) * leftOut.reduce((sum, m) => sum + (m[quantity] - mean) ** 2, 0));
  };
  return {
    moments,
    standardErrors: {
      projectedRangeNm: error('projectedRangeNm'),
      straggleNm: error('straggleNm'),
      lateralStraggleNm: error('lateralStraggleNm'),
      skewness: error('skewness'),
      kurtosis: error('kurtosis'),
      backscatterFraction: error('backscatterFraction'),
    },
  };
}

/** Sums of no ions. */
export function emptySums(): PowerSums {
  return { ions: 0, stopped: 0, depth: [0, 0, 0, 0], lateral2: 0 };
}

function addSums(a: PowerSums, b: PowerSums): PowerSums {
  return {
    ions: a.ions + b.ions,
    stopped: a.stopped + b.stopped,
    depth: [
      a.depth[0] + b.depth[0],
      a.depth[1] + b.depth[1],
      a.depth[2] + b.depth[2],
      a.depth[3] + b.depth[3],
    ],
    lateral2: a.lateral2 + b.lateral2,
  };
}

function negative(a: PowerSums): PowerSums {
  const [d1, d2, d3, d4] = a.depth;
  return { ions: -a.ions, stopped: -a.stopped, depth: [-d1, -d2, -d3, -d4], lateral2: -a.lateral2 };
}

function momentsOf(sums: PowerSums, scaleNm: number): Moments {
  const [m1, m2, m3, m4] = sums.depth.map((sum) => sum / sums.stopped) as [number, number, number, number];
  const variance = m2 - m1 * m1;
  const third = m3 - 3 * m1 * m2 + 2 * m1 ** 3;
  const fourth = m4 - 4 * m1 * m3 + 6 * m1 * m1 * m2 - 3 * m1 ** 4;
  return {
    projectedRangeNm: m1 * scaleNm,
    straggleNm: Math.sqrt(variance) * scaleNm,
    lateralStraggleNm: Math.sqrt(sums.lateral2 / sums.stopped) * scaleNm,
    skewness: third / variance ** 1.5,
    kurtosis: fourth / (variance * variance),
    backscatterFraction: 1 - sums.stopped / sums.ions,
  };
}
