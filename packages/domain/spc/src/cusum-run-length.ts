import { gaussLegendre } from './gauss-legendre.ts';
import { solveLinear } from './linear-system.ts';
import { normalCumulative, normalDensity } from './normal-distribution.ts';

/** A CUSUM in sigmas: allowance k, decision interval h, and where the sums start (0, or a head start). */
export type CusumDesign = {
  readonly allowanceSigma: number;
  readonly decisionSigma: number;
  readonly headStartSigma?: number;
};

const NODES = 64;

/**
 * Mean number of samples until a one-sided upper CUSUM alarms, when the mean stands `shiftSigma` off target.
 *
 *   L(u) = 1 + L(0) Φ(k − u − δ) + ∫₀ʰ L(x) φ(x + k − u − δ) dx
 *
 * solved on Gauss–Legendre nodes. k allowance, h decision interval, δ shift, u start, all in sigmas.
 * Source: E. S. Page, Biometrika 41 (1954) 100; Goel & Wu, Technometrics 13 (1971) 221. Valid for h up to
 * about 30. Worked value: k = 0.5, h = 5, δ = 0: 930.887.
 */
export function cusumRunLengthOneSided(design: CusumDesign, shiftSigma: number): number {
  return solveRunLength(design, shiftSigma)(design.headStartSigma ?? 0);
}

/**
 * Mean number of samples until a two-sided CUSUM alarms:
 * L = (L⁺(u)L⁻(0) + L⁺(0)L⁻(u) − L⁺(0)L⁻(0)) / (L⁺(0) + L⁻(0)) with both sums started at u. Source: Lucas &
 * Crosier, Technometrics 24 (1982) 199. Worked value: k = 0.5, h = 5, δ = 1: 10.376; with head start h/2:
 * 6.347.
 */
export function cusumRunLength(design: CusumDesign, shiftSigma: number): number {
  const upper = solveRunLength(design, shiftSigma);
  const lower = solveRunLength(design, -shiftSigma);
  const start = design.headStartSigma ?? 0;
  const mixed = upper(start) * lower(0) + upper(0) * lower(start) - upper(0) * lower(0);
  return mixed / (upper(0) + lower(0));
}

/** Decision interval h that gives a two-sided CUSUM the wanted run length on target. k 0.5, 465.44: h = 5. */
export function designCusumDecision(allowanceSigma: number, runLengthOnTarget: number): number {
  if (!(runLengthOnTarget > 2 && runLengthOnTarget <= 1e6)) {
    throw new RangeError(`runLengthOnTarget is ${runLengthOnTarget}; it must lie above 2 and up to 1e6`);
  }
  let low = 0.01;
  let high = 30;
  for (let step = 0; step < 50; step += 1) {
    const decisionSigma = (low + high) / 2;
    if (cusumRunLength({ allowanceSigma, decisionSigma }, 0) < runLengthOnTarget) low = decisionSigma;
    else high = decisionSigma;
    if (high - low < 1e-9) break;
  }
  return (low + high) / 2;
}

/** L as a function of the start. Unknowns: L at the nodes, and L(0), which carries the mass at zero. */
function solveRunLength(design: CusumDesign, shiftSigma: number): (start: number) => number {
  const { allowanceSigma: k, decisionSigma: h } = design;
  if (!(h > 0)) throw new RangeError(`decisionSigma is ${h}; it must be above 0`);
  const rule = gaussLegendre(NODES, 0, h);
  const starts = [...rule.nodes, 0];
  const kernel = (start: number, j: number) =>
    rule.weights[j]! * normalDensity(rule.nodes[j]! + k - start - shiftSigma);
  const matrix = starts.map((start, i) => {
    const row = rule.nodes.map((_, j) => (i === j ? 1 : 0) - kernel(start, j));
    return [...row, (i === NODES ? 1 : 0) - normalCumulative(k - start - shiftSigma)];
  });
  const solution = solveLinear(
    matrix,
    starts.map(() => 1),
  );
  return (start) => {
    const atZero = solution[NODES]! * normalCumulative(k - start - shiftSigma);
    return rule.nodes.reduce((sum, _, j) => sum + kernel(start, j) * solution[j]!, 1 + atZero);
  };
}
