/** Settings of a two-sided tabular CUSUM, in units of the signal. */
export type CusumSettings = {
  readonly target: number;
  /** One sigma of the signal when in control. */
  readonly sigma: number;
  /** Allowance k in sigmas: half the shift to be found. */
  readonly allowanceSigma: number;
  /** Decision interval h in sigmas. */
  readonly decisionSigma: number;
};

/** What a CUSUM remembers between samples; sums are in sigmas, both zero or above. */
export type CusumState = {
  readonly upper: number;
  readonly lower: number;
  /** Samples since each sum was last zero: points at when a shift began. */
  readonly upperRun: number;
  readonly lowerRun: number;
};

/** The sums after a sample, and which of them is above the decision interval. */
export type CusumStep = {
  readonly state: CusumState;
  readonly alarm: 'none' | 'high' | 'low';
  /** Estimated present mean while an alarm stands, in units of the signal; the target otherwise. */
  readonly estimatedMean: number;
};

/** Sums at zero, or at `headStartSigma` for a fast initial response (commonly h/2). */
export function initialCusumState(headStartSigma = 0): CusumState {
  return { upper: headStartSigma, lower: headStartSigma, upperRun: 0, lowerRun: 0 };
}

/**
 * One sample of a tabular CUSUM.
 *
 *   z = (x − target)/sigma;  S⁺ ← max(0, S⁺ + z − k);  S⁻ ← max(0, S⁻ − z − k);  alarm when a sum exceeds h
 *
 * Source: Montgomery, Introduction to Statistical Quality Control, 7th ed. (2013), section 9.1; the mean
 * after an alarm is estimated as target ± (k + S/N) sigma. Sums are not reset by an alarm: who listens
 * decides. Worked value: target 10, sigma 1, k 0.5, x = 12 from zero: S⁺ = 1.5, S⁻ = 0.
 */
export function stepCusum(settings: CusumSettings, state: CusumState, value: number): CusumStep {
  if (!(settings.sigma > 0)) throw new RangeError(`sigma is ${settings.sigma}; it must be above 0`);
  const z = (value - settings.target) / settings.sigma;
  const upper = Math.max(0, state.upper + z - settings.allowanceSigma);
  const lower = Math.max(0, state.lower - z - settings.allowanceSigma);
  const next: CusumState = {
    upper,
    lower,
    upperRun: upper > 0 ? state.upperRun + 1 : 0,
    lowerRun: lower > 0 ? state.lowerRun + 1 : 0,
  };
  const alarm = alarmSide(settings, next);
  return { state: next, alarm, estimatedMean: settings.target + estimatedShift(settings, next, alarm) };
}

function alarmSide(settings: CusumSettings, state: CusumState): CusumStep['alarm'] {
  if (state.upper > settings.decisionSigma && state.upper >= state.lower) return 'high';
  return state.lower > settings.decisionSigma ? 'low' : 'none';
}

function estimatedShift(settings: CusumSettings, state: CusumState, alarm: CusumStep['alarm']): number {
  if (alarm === 'none') return 0;
  if (alarm === 'high') return settings.sigma * (settings.allowanceSigma + state.upper / state.upperRun);
  return -settings.sigma * (settings.allowanceSigma + state.lower / state.lowerRun);
}
