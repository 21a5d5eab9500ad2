import { requireWithin } from './require-number.ts';

/** What a correction starts from: the measured dose map along the slow scan and the present weights. */
export type UniformityInput = {
  /** Measured dose of each strip, in any unit. */
  readonly doseMap: readonly number[];
  /** Strip weights that were in force when the map was measured; even when left out. */
  readonly weights?: readonly number[];
  /** Share of the error to take out at once, above 0 to 1. */
  readonly gain: number;
  /** Largest distance of a weight from 1, such as 0.1. */
  readonly weightSpanMax: number;
};

/**
 * New strip weights for the slow scan from a measured dose map: w_i ← w_i (1 − g (D_i/D̄ − 1)), then
 * limited to 1 ± span and normalised to mean 1. Where the map shows too much dose, less is asked for and the
 * stage moves faster. Multiplicative tool errors up to the span vanish with (1 − g)^k over k maps.
 * Source: integral learning control, Arimoto et al., J. Robotic Systems 1 (1984) 123. Valid for 0 < g ≤ 1 and
 * positive maps. Worked value: map (1.02, 0.98), g = 1: weights (0.98, 1.02).
 */
export function uniformityCorrection(input: UniformityInput): number[] {
  requireWithin('gain', input.gain, [Number.MIN_VALUE, 1]);
  requireWithin('weightSpanMax', input.weightSpanMax, [0, 0.5]);
  const mean = input.doseMap.reduce((sum, dose) => sum + dose, 0) / input.doseMap.length;
  if (!(mean > 0)) throw new RangeError(`doseMap has the mean ${mean}; it must be above 0`);
  const raw = input.doseMap.map((dose, strip) => {
    const corrected = (input.weights?.[strip] ?? 1) * (1 - input.gain * (dose / mean - 1));
    return Math.min(Math.max(corrected, 1 - input.weightSpanMax), 1 + input.weightSpanMax);
  });
  const rawMean = raw.reduce((sum, weight) => sum + weight, 0) / raw.length;
  return raw.map((weight) => weight / rawMean);
}
