import type { Quadrature } from './gauss-legendre.ts';
import { gaussLegendre } from './gauss-legendre.ts';
import { solveLinear } from './linear-system.ts';
import { normalDensity } from './normal-distribution.ts';

/** An EWMA chart: weight λ and width L of its limits in sigmas of the EWMA. */
export type EwmaDesign = { readonly weight: number; readonly widthSigma: number };

const UNIT_RULE = gaussLegendre(80, -1, 1);

/**
 * Mean number of samples until a two-sided EWMA chart with its final (asymptotic) limits alarms.
 *
 *   L(u) = 1 + (1/λ) ∫_{−h}^{h} L(y) φ((y − (1−λ)u)/λ − δ) dy,  h = L σ √(λ/(2−λ)),  σ = 1
 *
 * solved on Gauss–Legendre nodes. λ weight, δ shift in sigmas. Source: S. V. Crowder, Technometrics 29
 * (1987) 401. Valid for λ from 0.01 to 1. Worked value: λ = 0.2, L = 2.962, δ = 0: 499.735.
 */
export function ewmaRunLength(design: EwmaDesign, shiftSigma: number): number {
  return remainingRunLength(design, shiftSigma)(0);
}

/**
 * The same with exact limits, narrow at first: the density of the EWMA is carried from sample to sample
 * while the limits still widen, then the asymptotic solution takes over. Worked value: λ = 0.2,
 * L = 2.962, δ = 0: 494.386.
 */
export function ewmaRunLengthExactLimits(design: EwmaDesign, shiftSigma: number): number {
  const { weight } = design;
  const remaining = remainingRunLength(design, shiftSigma);
  const settledAfter = Math.min(
    5000,
    Math.ceil(Math.log(1e-13) / (2 * Math.log(Math.max(1e-12, 1 - weight)))) + 1,
  );
  let rule = ruleAt(design, 1);
  let density = rule.nodes.map((y) => normalDensity(y / weight - shiftSigma) / weight);
  let runLength = 1;
  for (let sample = 2; sample <= settledAfter; sample += 1) {
    runLength += integrate(rule, density);
    const next = ruleAt(design, sample);
    density = carry({ from: rule, density, to: next }, weight, shiftSigma);
    rule = next;
  }
  return runLength + rule.nodes.reduce((sum, y, j) => sum + rule.weights[j]! * density[j]! * remaining(y), 0);
}

/** Width L that gives the chart (asymptotic limits) the wanted run length on target. λ 0.2, 500: L = 2.962. */
export function designEwmaWidth(weight: number, runLengthOnTarget: number): number {
  if (!(runLengthOnTarget > 2 && runLengthOnTarget <= 1e6)) {
    throw new RangeError(`runLengthOnTarget is ${runLengthOnTarget}; it must lie above 2 and up to 1e6`);
  }
  let low = 0.1;
  let high = 7;
  for (let step = 0; step < 50 && high - low > 1e-9; step += 1) {
    const widthSigma = (low + high) / 2;
    if (ewmaRunLength({ weight, widthSigma }, 0) < runLengthOnTarget) low = widthSigma;
    else high = widthSigma;
  }
  return (low + high) / 2;
}

function remainingRunLength(design: EwmaDesign, shiftSigma: number): (start: number) => number {
  const { weight } = design;
  if (!(weight >= 0.01 && weight <= 1)) throw new RangeError(`weight is ${weight}; it must lie in [0.01, 1]`);
  const rule = ruleAt(design, Infinity);
  const kernel = (start: number, j: number) =>
    (rule.weights[j]! * normalDensity((rule.nodes[j]! - (1 - weight) * start) / weight - shiftSigma)) /
    weight;
  const matrix = rule.nodes.map((start, i) => rule.nodes.map((_, j) => (i === j ? 1 : 0) - kernel(start, j)));
  const solution = solveLinear(
    matrix,
    rule.nodes.map(() => 1),
  );
  return (start) => solution.reduce((sum, value, j) => sum + kernel(start, j) * value, 1);
}

/** Quadrature between the limits that hold for a sample. */
function ruleAt(design: EwmaDesign, sample: number): Quadrature {
  const { weight, widthSigma } = design;
  const half = widthSigma * Math.sqrt((weight / (2 - weight)) * (1 - (1 - weight) ** (2 * sample)));
  return {
    nodes: UNIT_RULE.nodes.map((node) => half * node),
    weights: UNIT_RULE.weights.map((weight) => half * weight),
  };
}

function carry(
  step: { from: Quadrature; density: readonly number[]; to: Quadrature },
  weight: number,
  shiftSigma: number,
): number[] {
  return step.to.nodes.map((y) => {
    let sum = 0;
    step.from.nodes.forEach((x, j) => {
      const arrives = normalDensity((y - (1 - weight) * x) / weight - shiftSigma) / weight;
      sum += step.from.weights[j]! * step.density[j]! * arrives;
    });
    return sum;
  });
}

function integrate(rule: Quadrature, density: readonly number[]): number {
  return density.reduce((sum, value, j) => sum + rule.weights[j]! * value, 0);
}
