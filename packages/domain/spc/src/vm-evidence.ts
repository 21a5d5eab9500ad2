import { meanOf } from './control-chart.ts';
import { tQuantile } from './special-functions.ts';
import type { HeldBackErrors } from './virtual-metrology.ts';

/** What held-back wafers say of a correction, and whether that is enough for it to count. */
export type VmEvidence = {
  readonly wafers: number;
  /** Root mean square errors on the same held-back wafers. */
  readonly physicsRmse: number;
  readonly correctedRmse: number;
  /** Student's t of the paired differences of squared errors, and what it must exceed. */
  readonly t: number;
  readonly tNeeded: number;
  /** Clearly better than physics: may leave shadow. */
  readonly proven: boolean;
  /** Not worse than physics: may stay where it is. */
  readonly tenable: boolean;
};

/** Fewer held-back wafers prove nothing. */
const WAFERS_PROVING = 12;
/** A correction that gains less than this is not worth its risk. */
const RATIO_PROVEN = 0.85;
/** Chance of letting out a correction that is no better than physics, for each look at it. */
const SIGNIFICANCE = 0.01;

/**
 * Judges a correction by paired errors on held-back wafers, d_i = e_physics,i² − e_corrected,i²:
 *
 *   proven:  mean(d) / (s_d/√n) > t_{1−α, n−1}  and  rms_corrected ≤ 0.85 rms_physics  and  n ≥ 12
 *   tenable: rms_corrected ≤ rms_physics
 *
 * The two thresholds are the hysteresis: what is out of shadow stays until it is worse than physics, what is in shadow
 * stays until it is clearly better. Paired, because both errors share the wafer and its metrology; a mere smaller mean
 * error is luck as often as not. Source: Diebold & Mariano, J. Business & Economic Statistics 13 (1995) 253, for
 * squared loss. Worked value: errors of physics ±2, of the correction ±1 on 16 wafers: d = 3 without spread: proven.
 */
export function judgeCorrection(errors: HeldBackErrors): VmEvidence {
  const wafers = errors.physics.length;
  const gains = errors.physics.map((physics, i) => physics ** 2 - (errors.corrected[i] ?? Number.NaN) ** 2);
  const physicsRmse = rootMeanSquare(errors.physics);
  const correctedRmse = rootMeanSquare(errors.corrected);
  const t = studentT(gains);
  const tNeeded = wafers > 1 ? tQuantile(1 - SIGNIFICANCE, wafers - 1) : Infinity;
  const proven = wafers >= WAFERS_PROVING && correctedRmse <= RATIO_PROVEN * physicsRmse && t > tNeeded;
  return { wafers, physicsRmse, correctedRmse, t, tNeeded, proven, tenable: correctedRmse <= physicsRmse };
}

/** t of a mean against zero; without any spread its sign decides. */
function studentT(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  if (variance === 0) return Math.sign(mean) * Number.MAX_VALUE;
  return mean / Math.sqrt(variance / values.length);
}

function rootMeanSquare(values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.sqrt(meanOf(values.map((value) => value * value)));
}
