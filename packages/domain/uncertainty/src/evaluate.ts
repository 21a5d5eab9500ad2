import type { UncertaintySource } from './budget.ts';

/** A number found from readings, how uncertain it is, and how well that is known. */
export type Evaluated = {
  readonly value: number;
  readonly standardUncertainty: number;
  readonly degreesOfFreedom: number;
};

/** Half-width a of limits without a preference as standard uncertainty: a/√3 (JCGM 100:2008, 4.3.7). 3 → 1.7321. */
export function rectangular(halfWidth: number): number {
  return halfWidth / Math.sqrt(3);
}

/**
 * Mean of a series of readings and its standard uncertainty s/√n_e, with ν = n_e − 1.
 *
 *   n_e = n (1 − r)/(1 + r),  r the correlation of neighbouring readings, 0 where it is negative
 *
 * s standard deviation of the readings. A control loop's readings hang together, so fewer of them are independent.
 * Source: JCGM 100:2008, 4.2.3; n_e for a first-order series: Bayley & Hammersley, J. Roy. Stat. Soc. Suppl. 8 (1946)
 * 184. Null for fewer than three readings. Worked value: 1, 2, 3, 2 → mean 2, s = 0.8165, r ≤ 0, u = 0.4082, ν = 3.
 */
export function meanOfSeries(readings: readonly number[]): Evaluated | null {
  const n = readings.length;
  if (n < 3) return null;
  const value = readings.reduce((sum, reading) => sum + reading, 0) / n;
  const off = readings.map((reading) => reading - value);
  const squares = off.reduce((sum, each) => sum + each * each, 0);
  const products = off.slice(1).reduce((sum, each, i) => sum + each * (off[i] ?? 0), 0);
  const r = squares > 0 ? Math.min(0.99, Math.max(0, products / squares)) : 0;
  const independent = Math.max(2, (n * (1 - r)) / (1 + r));
  const s = Math.sqrt(squares / (n - 1));
  return {
    value,
    standardUncertainty: s / Math.sqrt(independent),
    degreesOfFreedom: independent - 1,
  };
}

/**
 * Slope of the least-squares line through points and its standard uncertainty.
 *
 *   b = Σ (x − x̄)(y − ȳ) / Σ (x − x̄)²      u(b) = s / √Σ (x − x̄)²,  s² = Σ r²/(n − 2),  ν = n − 2
 *
 * r residuals. Source: JCGM 100:2008, H.3.2. Null for fewer than three points or points at one place. Worked value:
 * (0, 0), (1, 1), (2, 1) → b = 0.5, s = 0.40825, u = 0.28868, ν = 1.
 */
export function fittedLine(points: readonly { readonly x: number; readonly y: number }[]): Evaluated | null {
  const n = points.length;
  if (n < 3) return null;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / n;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / n;
  const xx = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (!(xx > 0)) return null;
  const value = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / xx;
  const squares = points.reduce((sum, { x, y }) => sum + (y - meanY - value * (x - meanX)) ** 2, 0);
  return {
    value,
    standardUncertainty: Math.sqrt(squares / (n - 2) / xx),
    degreesOfFreedom: n - 2,
  };
}

/**
 * How uncertain a standard deviation is that n readings gave: u(s) = s/√(2(n − 1)), ν = n − 1 (normal readings).
 * Source: JCGM 100:2008, E.4.3. Worked value: s = 1 from 51 readings → 0.1.
 */
export function ofStandardDeviation(s: number, readings: number): Evaluated {
  const degreesOfFreedom = Math.max(1, readings - 1);
  return { value: s, standardUncertainty: s / Math.sqrt(2 * degreesOfFreedom), degreesOfFreedom };
}

/**
 * The calibration of a sensor: its certificate gives an expanded uncertainty (k = 2) in per cent of the reading; without
 * one, limits of a well-kept sensor stand in and say so. Type B; u = U/2, or a/√3.
 */
export function calibrationSource(calibration: {
  readonly name: string;
  readonly expandedPct: number | null | undefined;
  /** Half-width of the limits that stand in, in per cent of the reading. */
  readonly usualPct: number;
  readonly sensitivity: number;
}): UncertaintySource {
  const { name, expandedPct, usualPct, sensitivity } = calibration;
  const known = expandedPct !== null && expandedPct !== undefined;
  return {
    name,
    type: 'B',
    distribution: known ? 'normal' : 'rectangular',
    standardUncertainty: known ? expandedPct / 200 : rectangular(usualPct / 100),
    unit: '1',
    sensitivity,
    degreesOfFreedom: Infinity,
    source: known
      ? `calibration record, ${expandedPct} % expanded (k = 2)`
      : `the calibration record tells none: limits of ±${usualPct} %`,
  };
}
