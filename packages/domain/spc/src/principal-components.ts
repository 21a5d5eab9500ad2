import { multivariateBaseline } from './hotelling.ts';
import { normalQuantile } from './normal-distribution.ts';
import { fQuantile } from './special-functions.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** A fault-detection model of correlated channels: scaling, all eigenvalues, and the kept directions. */
export type PcaModel = {
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  readonly eigenvalues: readonly number[];
  /** Unit vectors of the kept components. */
  readonly loadings: readonly (readonly number[])[];
  readonly samples: number;
};

/** How far a sample lies within the model (T²) and beside it (SPE), and what each channel adds to both. */
export type PcaScore = {
  readonly t2: number;
  readonly spe: number;
  /** In standard deviations; their squares sum to SPE. */
  readonly residuals: readonly number[];
  /** They sum to T². */
  readonly t2Contributions: readonly number[];
};

/** Learns a model on standardised channels (correlation matrix), keeping so many components. */
export function fitPca(rows: readonly (readonly number[])[], components: number): PcaModel {
  const { mean, covariance, samples } = multivariateBaseline(rows);
  const scale = covariance.map((row, i) => Math.sqrt(row[i]!));
  scale.forEach((sigma, channel) => {
    if (!(sigma > 0)) throw new RangeError(`channel ${channel} does not vary; it cannot be standardised`);
  });
  if (!(Number.isInteger(components) && components >= 1 && components <= mean.length)) {
    throw new RangeError(`components is ${components}; it must be a whole number from 1 to ${mean.length}`);
  }
  const correlation = covariance.map((row, i) => row.map((value, j) => value / (scale[i]! * scale[j]!)));
  const eigen = symmetricEigen(correlation);
  return { mean, scale, eigenvalues: eigen.values, loadings: eigen.vectors.slice(0, components), samples };
}

/**
 * Scores one sample: t_a = p_aᵀz, T² = Σ t_a²/λ_a, SPE = |z − Σ t_a p_a|², z standardised. Source: Jackson,
 * A User's Guide to Principal Components (1991), chapters 1 and 2. Worked value: a sample at the mean has
 * both 0.
 */
export function scorePca(model: PcaModel, sample: readonly number[]): PcaScore {
  const z = sample.map((value, i) => (value - model.mean[i]!) / model.scale[i]!);
  const scores = model.loadings.map((loading) => loading.reduce((sum, value, i) => sum + value * z[i]!, 0));
  const t2 = scores.reduce((sum, score, a) => sum + score ** 2 / model.eigenvalues[a]!, 0);
  const residuals = z.map(
    (value, i) => value - scores.reduce((sum, score, a) => sum + score * model.loadings[a]![i]!, 0),
  );
  const t2Contributions = z.map((value, i) =>
    scores.reduce(
      (sum, score, a) => sum + (value * score * model.loadings[a]![i]!) / model.eigenvalues[a]!,
      0,
    ),
  );
  return { t2, t2Contributions, residuals, spe: residuals.reduce((sum, value) => sum + value * value, 0) };
}

/**
 * Limits at a confidence: SPE by Jackson & Mudholkar from the left-out eigenvalues, T² for new samples by F.
 *
 *   SPE_α = θ1 (1 + z_α √(2 θ2 h²)/θ1 + θ2 h (h−1)/θ1²)^{1/h};  θ_i = Σ λ^i;  h = 1 − 2 θ1 θ3/(3 θ2²)
 *
 * Source: Jackson & Mudholkar, Technometrics 21 (1979) 341. Worked value: the boiler data with two
 * components, 99 %: SPE 6.1101.
 */
export function pcaLimits(model: PcaModel, confidence: number): { t2: number; spe: number } {
  const kept = model.loadings.length;
  const m = model.samples;
  const t2 = ((kept * (m + 1) * (m - 1)) / (m * (m - kept))) * fQuantile(confidence, kept, m - kept);
  const left = model.eigenvalues.slice(kept).map((value) => Math.max(0, value));
  const theta = (power: number) => left.reduce((sum, value) => sum + value ** power, 0);
  const first = theta(1);
  if (!(first > 1e-12)) return { t2, spe: 0 };
  const h = 1 - (2 * first * theta(3)) / (3 * theta(2) ** 2);
  const spread = (normalQuantile(confidence) * Math.sqrt(2 * theta(2) * h * h)) / first;
  return { t2, spe: first * (1 + spread + (theta(2) * h * (h - 1)) / first ** 2) ** (1 / h) };
}
