import { solveLinear } from './linear-system.ts';
import { betaQuantile, fQuantile } from './special-functions.ts';

/** Mean and covariance of channels in control, with the number of samples they rest on. */
export type MultivariateBaseline = {
  readonly mean: readonly number[];
  readonly covariance: readonly (readonly number[])[];
  readonly samples: number;
};

/** Estimates mean and covariance (n − 1) from rows of samples, one column a channel. */
export function multivariateBaseline(rows: readonly (readonly number[])[]): MultivariateBaseline {
  const samples = rows.length;
  const channels = rows[0]?.length ?? 0;
  if (samples <= channels)
    throw new RangeError(`${samples} samples of ${channels} channels; more samples than channels are needed`);
  const mean = Array.from(
    { length: channels },
    (_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / samples,
  );
  const covariance = mean.map((meanI, i) =>
    mean.map(
      (meanJ, j) => rows.reduce((sum, row) => sum + (row[i]! - meanI) * (row[j]! - meanJ), 0) / (samples - 1),
    ),
  );
  return { mean, covariance, samples };
}

/**
 * Hotelling's T² = (x − x̄)ᵀ S⁻¹ (x − x̄). Source: Montgomery (2013), section 11.3. Worked value: one
 * channel, mean 0, variance 4, x = 6: T² = 9.
 */
export function hotellingT2(baseline: MultivariateBaseline, sample: readonly number[]): number {
  const off = sample.map((value, i) => value - baseline.mean[i]!);
  const solved = solveLinear(baseline.covariance, off);
  return off.reduce((sum, value, i) => sum + value * solved[i]!, 0);
}

/** What each channel adds to T²: (x − x̄)_i (S⁻¹(x − x̄))_i; they sum to T², and one may be negative. */
export function t2Contributions(baseline: MultivariateBaseline, sample: readonly number[]): number[] {
  const off = sample.map((value, i) => value - baseline.mean[i]!);
  const solved = solveLinear(baseline.covariance, off);
  return off.map((value, i) => value * solved[i]!);
}

/**
 * Upper limits of T² for single samples. Phase I, for the samples that made the baseline:
 * (m−1)²/m · B(α; p/2, (m−p−1)/2); phase II, for new ones: p(m+1)(m−1)/(m(m−p)) · F(α; p, m−p).
 * m samples, p channels, α confidence. Source: Tracy, Young & Mason, J. Quality Technology 24 (1992) 88.
 * Valid for m > p + 1. Worked value: p = 8, m = 25, α = 0.999: 17.417 and 70.029.
 */
export function hotellingLimits(
  size: { readonly samples: number; readonly channels: number },
  confidence: number,
): { phaseOne: number; phaseTwo: number } {
  const { samples: m, channels: p } = size;
  if (!(m > p + 1))
    throw new RangeError(`${m} samples of ${p} channels; more than ${p + 1} samples are needed`);
  return {
    phaseOne: ((m - 1) ** 2 / m) * betaQuantile(confidence, p / 2, (m - p - 1) / 2),
    phaseTwo: ((p * (m + 1) * (m - 1)) / (m * (m - p))) * fQuantile(confidence, p, m - p),
  };
}
