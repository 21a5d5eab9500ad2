/** Settings of an EWMA chart, in units of the plotted statistic. */
export type EwmaSettings = {
  readonly target: number;
  /** One sigma of the plotted statistic: of single values, or of subgroup means (σ/√n). */
  readonly sigma: number;
  /** Weight of the newest value, above 0 up to 1. */
  readonly weight: number;
  /** Width of the limits in sigmas of the EWMA. */
  readonly widthSigma: number;
};

/** What an EWMA chart remembers between samples. */
export type EwmaState = { readonly ewma: number; readonly samples: number };

/** The EWMA after a sample with the limits that hold for it. */
export type EwmaStep = {
  readonly state: EwmaState;
  readonly ewma: number;
  readonly lower: number;
  readonly upper: number;
  readonly alarm: 'none' | 'high' | 'low';
};

/** A chart that starts on target. */
export function initialEwmaState(settings: EwmaSettings): EwmaState {
  return { ewma: settings.target, samples: 0 };
}

/**
 * One sample of an EWMA chart with exact (widening) limits.
 *
 *   z ← λ x + (1 − λ) z;  limits = target ± L σ √(λ/(2−λ) (1 − (1−λ)^{2i}))
 *
 * Source: NIST/SEMATECH e-Handbook 6.3.2.4; Montgomery (2013), section 9.2. Valid for 0 < λ ≤ 1.
 * Worked value: target 50, λ 0.3, x = 52 first: z = 50.6; σ 2.0539, L 3: final upper limit 52.5884.
 */
export function stepEwmaChart(settings: EwmaSettings, state: EwmaState, value: number): EwmaStep {
  const ewma = settings.weight * value + (1 - settings.weight) * state.ewma;
  const samples = state.samples + 1;
  const { lower, upper } = ewmaLimits(settings, samples);
  const alarm = ewma > upper ? 'high' : ewma < lower ? 'low' : 'none';
  return { state: { ewma, samples }, ewma, lower, upper, alarm };
}

/** Limits for the i-th sample (i from 1); Infinity gives the final, asymptotic ones. */
export function ewmaLimits(settings: EwmaSettings, sample: number): { lower: number; upper: number } {
  const { weight, sigma, target, widthSigma } = settings;
  if (!(weight > 0 && weight <= 1)) throw new RangeError(`weight is ${weight}; it must lie in (0, 1]`);
  if (!(sigma > 0)) throw new RangeError(`sigma is ${sigma}; it must be above 0`);
  const growth = 1 - (1 - weight) ** (2 * sample);
  const half = widthSigma * sigma * Math.sqrt((weight / (2 - weight)) * growth);
  return { lower: target - half, upper: target + half };
}
