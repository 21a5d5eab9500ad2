import { ELEMENTARY_CHARGE_C } from '../constants.ts';
import { requireWithin } from '../out-of-range.ts';

/**
 * Standard deviation of the shot noise of a current in mA, σ = √(2 e n I Δf); I in mA, Δf bandwidth in Hz,
 * n: charge state. Source: Schottky, Ann. Phys. 57 (1918) 541. Holds for 0–100 mA and 0–10 MHz.
 * Worked value: 10 mA, 1 kHz, n = 1 → 1.79·10⁻⁶ mA.
 */
export function shotNoiseMa(beam: { currentMa: number; bandwidthHz: number; chargeState: number }): number {
  const { currentMa, bandwidthHz, chargeState } = beam;
  requireWithin({ field: 'currentMa', value: currentMa, min: 0, max: 100, unit: 'mA' });
  requireWithin({ field: 'bandwidthHz', value: bandwidthHz, min: 0, max: 1e7, unit: 'Hz' });
  requireWithin({ field: 'chargeState', value: chargeState, min: 1, max: 4, unit: '' });
  return Math.sqrt(2 * ELEMENTARY_CHARGE_C * chargeState * currentMa * 1e-3 * bandwidthHz) * 1e3;
}

/** State of the flicker generator: one slow part for each octave band, relative to the current. */
export type FlickerState = readonly number[];

/** Time constants of the slow parts in s: three decades, one for each factor of ten. */
const FLICKER_TIMES_S = [0.1, 1, 10, 100] as const;

/** A flicker generator at rest. */
export const FLICKER_AT_REST: FlickerState = FLICKER_TIMES_S.map(() => 0);

/**
 * One step of 1/f (flicker) noise as a sum of first-order processes spread evenly over the decades,
 * x ← x e^(−Δt/τ) + σ √((1 − e^(−2Δt/τ))/n) ξ. `normals` holds one standard normal ξ for each part.
 * σ: relative deviation of the sum. Source: van der Ziel, Physica 16 (1950) 359; Milotti (2002).
 * Holds for Δt > 0. The mean square of the sum is σ² whatever the step.
 */
export function stepFlicker(
  state: FlickerState,
  step: { dtS: number; relativeSigma: number; normals: readonly number[] },
): FlickerState {
  requireWithin({ field: 'dtS', value: step.dtS, min: 1e-9, max: 1e6, unit: 's' });
  requireWithin({ field: 'relativeSigma', value: step.relativeSigma, min: 0, max: 1, unit: '' });
  requireWithin({
    field: 'normals.length',
    value: step.normals.length,
    min: FLICKER_TIMES_S.length,
    max: 64,
    unit: '',
  });
  return FLICKER_TIMES_S.map((timeS, i) => {
    const kept = Math.exp(-step.dtS / timeS);
    const spread = step.relativeSigma * Math.sqrt((1 - kept * kept) / FLICKER_TIMES_S.length);
    return (state[i] ?? 0) * kept + spread * (step.normals[i] as number);
  });
}

/** Current with its noise in mA: I (1 + Σ flicker) + σ_shot ξ, never below zero; ξ a standard normal. */
export function noisyCurrentMa(
  beam: { currentMa: number; bandwidthHz: number; chargeState: number },
  flicker: FlickerState,
  normal: number,
): number {
  const slow = flicker.reduce((sum, part) => sum + part, 0);
  return Math.max(0, beam.currentMa * (1 + slow) + shotNoiseMa(beam) * normal);
}
