/** First four moments of a one-dimensional distribution; lengths in nm. */
export type PearsonMoments = { meanNm: number; sigmaNm: number; skewness: number; kurtosis: number };

/** Logarithm of an unnormalised density at a depth in nm; −∞ where the density is zero. */
export type LogDensity = (depthNm: number) => number;

/**
 * Density of Pearson's family by its first four moments: the solution of
 * f′/f = (y − a)/(b₀ + b₁ y + b₂ y²), y = z − R_p, with A = 10β − 12γ² − 18,
 * a = b₁ = −γ ΔR_p (β + 3)/A, b₀ = −ΔR_p² (4β − 3γ²)/A, b₂ = −(2β − 3γ² − 6)/A.
 * Type IV (no real root of the denominator) has all depths; types I and VI end at a root, where they are zero.
 * Source: Hofker, Philips Res. Rep. Suppl. 8 (1975); Selberherr, *Analysis and Simulation of Semiconductor
 * Devices* (1984), p. 46. Holds for kurtosis > 1 + skewness²; a distribution that would grow towards its end
 * (J or U shape) gets the nearest kurtosis that does not.
 * Worked value: γ = 0, β = 3 is the Gaussian: ln f(R_p + ΔR_p) − ln f(R_p) = −0.5.
 */
export function pearsonLogDensity(moments: PearsonMoments): LogDensity {
  const { meanNm, sigmaNm, skewness } = moments;
  if (!(moments.kurtosis > 1 + skewness * skewness)) {
    throw new RangeError(
      `kurtosis is ${moments.kurtosis}; it must exceed 1 + skewness² = ${1 + skewness * skewness}`,
    );
  }
  let kurtosis = moments.kurtosis;
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const logDensity = standardLogDensity(skewness, kurtosis);
    if (logDensity !== undefined) return (depthNm) => logDensity((depthNm - meanNm) / sigmaNm);
    kurtosis += 0.02 + 0.02 * attempt;
  }
  return (depthNm) => -0.5 * ((depthNm - meanNm) / sigmaNm) ** 2;
}

function standardLogDensity(skewness: number, kurtosis: number): LogDensity | undefined {
  const scale = 10 * kurtosis - 12 * skewness * skewness - 18;
  if (Math.abs(scale) < 1e-6) return undefined;
  const b1 = (-skewness * (kurtosis + 3)) / scale;
  const b0 = -(4 * kurtosis - 3 * skewness * skewness) / scale;
  const b2 = -(2 * kurtosis - 3 * skewness * skewness - 6) / scale;
  if (Math.abs(b2) < 1e-4) return nearlyGammaLogDensity(b0, b1);
  const discriminant = b1 * b1 - 4 * b0 * b2;
  return discriminant < 0
    ? unboundedLogDensity(b0, b1, b2)
    : boundedLogDensity({ b0, b1, b2 }, Math.sqrt(discriminant));
}

/** Type IV: ln f = ln|b₀ + b₁y + b₂y²|/(2b₂) − (b₁/b₂ + 2a)/√(4b₀b₂ − b₁²) · arctan((2b₂y + b₁)/√…). */
function unboundedLogDensity(b0: number, b1: number, b2: number): LogDensity {
  const root = Math.sqrt(4 * b0 * b2 - b1 * b1);
  const twist = (b1 / b2 + 2 * b1) / root;
  return (y) =>
    Math.log(Math.abs(b0 + b1 * y + b2 * y * y)) / (2 * b2) - twist * Math.atan((2 * b2 * y + b1) / root);
}

/** Types I and VI: ln f = Σ (rᵢ − a)/(b₂(rᵢ − rⱼ)) ln|y − rᵢ| between the roots that hold the mean. */
function boundedLogDensity(b: { b0: number; b1: number; b2: number }, root: number): LogDensity | undefined {
  const low = Math.min((-b.b1 - root) / (2 * b.b2), (-b.b1 + root) / (2 * b.b2));
  const high = Math.max((-b.b1 - root) / (2 * b.b2), (-b.b1 + root) / (2 * b.b2));
  if (high - low < 1e-9) return undefined;
  const lowPower = (low - b.b1) / (b.b2 * (low - high));
  const highPower = (high - b.b1) / (b.b2 * (high - low));
  const from = low < 0 ? low : Number.NEGATIVE_INFINITY;
  const to = high > 0 ? high : Number.POSITIVE_INFINITY;
  const lowest = low > 0 ? high : low;
  if (low > 0) return endsAt({ low, high, lowPower, highPower }, Number.NEGATIVE_INFINITY, low);
  if (lowest < 0 && high < 0)
    return endsAt({ low, high, lowPower, highPower }, high, Number.POSITIVE_INFINITY);
  return endsAt({ low, high, lowPower, highPower }, from, to);
}

type Powers = { low: number; high: number; lowPower: number; highPower: number };

function endsAt(powers: Powers, from: number, to: number): LogDensity | undefined {
  const { low, high, lowPower, highPower } = powers;
  if ((from === low || to === low) && lowPower <= 0) return undefined;
  if ((from === high || to === high) && highPower <= 0) return undefined;
  return (y) =>
    y <= from || y >= to
      ? Number.NEGATIVE_INFINITY
      : lowPower * Math.log(Math.abs(y - low)) + highPower * Math.log(Math.abs(y - high));
}

/** Type III (gamma) and the Gaussian, the limit b₂ → 0: ln f = y/b₁ − (b₀/b₁² + 1) ln|b₀ + b₁y|. */
function nearlyGammaLogDensity(b0: number, b1: number): LogDensity | undefined {
  if (Math.abs(b1) < 1e-4) return (y) => (0.5 * y * y) / b0;
  const end = -b0 / b1;
  const power = -(b0 / (b1 * b1) + 1);
  if (power <= 0) return undefined;
  return (y) =>
    (end < 0 ? y <= end : y >= end)
      ? Number.NEGATIVE_INFINITY
      : y / b1 + power * Math.log(Math.abs(b0 + b1 * y));
}
