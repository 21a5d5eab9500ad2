import { requireFinite, requirePositive } from './require-number.ts';

/** Weights of a run-to-run controller; `lambda2` 0 is a plain EWMA, above 0 a double EWMA. */
export type RunToRunWeights = { readonly lambda1: number; readonly lambda2: number };

/** How a closed run-to-run loop behaves under a steady drift. */
export type RunToRunBehaviour =
  | { readonly stable: true; readonly spectralRadius: number; readonly steadyOffset: number }
  | { readonly stable: false; readonly spectralRadius: number };

/**
 * Behaviour of an EWMA or double-EWMA loop on y = α + ξ b u + δ t with model gain b.
 *
 *   EWMA: e⁺ = (1 − λ₁ξ) e + δ: stable for 0 < λ₁ξ < 2, offset δ/(λ₁ξ)
 *   double: (a, D)⁺ = [[1 − λ₁ξ, λ₁(1−ξ)], [−λ₂ξ, 1 − λ₂ξ]] (a, D): offset 0 while its radius is below 1
 *
 * ξ true gain / model gain; δ drift per run, in units of the output; λ weights in [0, 1]. Source: Ingolfsson
 * & Sachs, J. Quality Technology 25 (1993) 271; Chen & Guo, IEEE Trans. Semicond. Manuf. 14 (2001) 29.
 * Worked value: λ₁ = 0.2, ξ = 0.5, δ = 0.1: radius 0.9, offset 1.0.
 */
export function runToRunBehaviour(
  weights: RunToRunWeights,
  loop: { readonly gainRatio: number; readonly driftPerRun: number },
): RunToRunBehaviour {
  requirePositive('lambda1', weights.lambda1);
  requireFinite('lambda2', weights.lambda2);
  requirePositive('gainRatio', loop.gainRatio);
  const spectralRadius =
    weights.lambda2 === 0 ? singleRadius(weights, loop.gainRatio) : doubleRadius(weights, loop.gainRatio);
  if (!(spectralRadius < 1)) return { stable: false, spectralRadius };
  const steadyOffset = weights.lambda2 === 0 ? loop.driftPerRun / (weights.lambda1 * loop.gainRatio) : 0;
  return { stable: true, spectralRadius, steadyOffset };
}

/**
 * Output error of the same loop, run by run, after `runs` runs from rest; null once it has grown beyond all bounds.
 * It repeats the formula by brute force: λ₁ = 0.2, ξ = 0.5, δ = 0.1 ends at 1.0 (200 runs).
 */
export function simulateRunToRun(
  weights: RunToRunWeights,
  loop: { readonly gainRatio: number; readonly driftPerRun: number; readonly runs: number },
): number | null {
  let [level, trend, input, error] = [0, 0, 0, 0];
  for (let run = 1; run <= loop.runs; run += 1) {
    error = loop.gainRatio * input + loop.driftPerRun * run;
    const seen = error - input;
    const before = level;
    level = weights.lambda1 * seen + (1 - weights.lambda1) * level;
    trend = weights.lambda2 * (seen - before) + (1 - weights.lambda2) * trend;
    input = -level - trend;
    if (!(Math.abs(error) < ERROR_DIVERGED)) return null;
  }
  return error;
}

/** No loop that settles passes through an error of this many units of drift. */
const ERROR_DIVERGED = 1e9;

function singleRadius({ lambda1 }: RunToRunWeights, gainRatio: number): number {
  return Math.abs(1 - lambda1 * gainRatio);
}

/** Largest eigenvalue modulus of the 2 × 2 loop matrix. */
function doubleRadius({ lambda1, lambda2 }: RunToRunWeights, gainRatio: number): number {
  const trace = 2 - (lambda1 + lambda2) * gainRatio;
  const determinant =
    (1 - lambda1 * gainRatio) * (1 - lambda2 * gainRatio) + lambda1 * (1 - gainRatio) * lambda2 * gainRatio;
  const discriminant = (trace * trace) / 4 - determinant;
  if (discriminant < 0) return Math.sqrt(determinant);
  const root = Math.sqrt(discriminant);
  return Math.max(Math.abs(trace / 2 + root), Math.abs(trace / 2 - root));
}
