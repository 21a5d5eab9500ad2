import type { DepthGrid } from './depth-grid.ts';
import { type ActivationLaw, activeSlope, activeUnchecked } from './equilibrium-activation.ts';

/** Everything the flux depends on during one implicit step. */
export type DiffusionCoefficients = {
  law: ActivationLaw;
  /** Neutral, singly and doubly charged equilibrium diffusivity, cm2/s. */
  terms: readonly [number, number, number];
  /** Extra intrinsic diffusivity from implant damage, cm2/s; 0 with point defects in equilibrium. */
  enhancedCm2PerS: number;
  /** Doping of the other type that counts against the dopant, 1/cm3. */
  backgroundPerCm3: number;
  /** Speed with which dopant leaves through the surface, cm/s; 0 when capped. */
  surfaceLossCmPerS: number;
};

/** Arrays a solver reuses from step to step, all as long as the grid. */
export type DiffusionWorkspace = {
  active: Float64Array;
  carrier: Float64Array;
  slope: Float64Array;
  mobility: Float64Array;
  free: Float64Array;
  freeSlope: Float64Array;
  lower: Float64Array;
  upper: Float64Array;
  diagonal: Float64Array;
  right: Float64Array;
};

/** Allocates the work arrays for a grid. */
export function createDiffusionWorkspace(grid: DepthGrid): DiffusionWorkspace {
  const array = () => new Float64Array(grid.depthCm.length);
  return {
    active: array(),
    carrier: array(),
    slope: array(),
    mobility: array(),
    free: array(),
    freeSlope: array(),
    lower: array(),
    upper: array(),
    diagonal: array(),
    right: array(),
  };
}

/**
 * One linearly implicit Euler step of dopant diffusion with field enhancement.
 *
 * dC/dt = d/dx [ (D/v) d(C_m v)/dx ],  D = D_x + D_1 v + D_2 v^2,  v = (N + sqrt(N^2 + 4 n_i^2)) / (2 n_i)
 *
 * C, C_a: total and active dopant (1/cm3); C_m: mobile dopant, C_a for arsenic and C for the others; v: majority
 * over intrinsic carriers, so that (D/v) d(C_m v) = D (dC_m + C_m d ln v): diffusion plus drift in the built-in
 * field; N = C_a - background. At the surface D/v d(C_m v)/dx = h C (loss), at the far end the flux is zero.
 * Finite volumes keep the dose to round-off. C_m v is linearised about the old profile; D/v is taken from it.
 * Implant damage adds D_e dC_f/dx with C_f = C/(1 + C/n_i): only dopant below about n_i takes part, the rest is
 * tied up in clusters (Cowern, Janssen & Jos, J. Appl. Phys. 68 (1990) 6191).
 * Source: Fair (1981), ch. 7; Ho et al., IEEE Trans. ED-30 (1983) 1438.
 */
export function diffuseStep(
  grid: DepthGrid,
  work: DiffusionWorkspace,
  coefficients: DiffusionCoefficients,
  step: { from: Float64Array; to: Float64Array; dtS: number },
): void {
  evaluateNodes(work, coefficients, step.from);
  assemble(grid, work, coefficients, step);
  if (coefficients.enhancedCm2PerS > 0) addEnhanced(grid, work, coefficients, step.from);
  solveTridiagonal(work, step.to);
  for (let i = 0; i < step.to.length; i += 1) step.to[i] = (step.to[i] ?? 0) + (step.from[i] ?? 0);
}

/** C_m v, its derivative by C, and D/v at every node. */
function evaluateNodes(
  work: DiffusionWorkspace,
  coefficients: DiffusionCoefficients,
  concentration: Float64Array,
): void {
  const { law, terms, backgroundPerCm3 } = coefficients;
  const ni = law.intrinsic;
  const fourNi2 = 4 * ni * ni;
  for (let i = 0; i < concentration.length; i += 1) {
    const total = concentration[i] ?? 0;
    const guess = work.active[i] ?? 0;
    const active = activeUnchecked(law, total, guess > 0 ? guess : total);
    work.active[i] = active;
    const net = active - backgroundPerCm3;
    const root = Math.sqrt(net * net + fourNi2);
    const v = net >= 0 ? (net + root) / (2 * ni) : (2 * ni) / (root - net);
    // Arsenic clusters form at once and stand still; precipitates of the others are too slow for an anneal.
    const clusters = law.clusterCm3 !== 0;
    const mobile = clusters ? active : total;
    const activeBy = activeSlope(law, total, active);
    work.carrier[i] = mobile * v;
    work.slope[i] = v * ((clusters ? activeBy : 1) + (mobile / root) * activeBy);
    work.mobility[i] = terms[0] / v + terms[1] + terms[2] * v;
  }
}

/** Sets up the linear system for the change of concentration over the step. */
function assemble(
  grid: DepthGrid,
  work: DiffusionWorkspace,
  coefficients: DiffusionCoefficients,
  step: { from: Float64Array; dtS: number },
): void {
  const { diagonal, lower, upper, right, slope, carrier, mobility } = work;
  const nodes = diagonal.length;
  for (let i = 0; i < nodes; i += 1) {
    diagonal[i] = (grid.cellCm[i] ?? 0) / step.dtS;
    right[i] = 0;
    lower[i] = 0;
    upper[i] = 0;
  }
  for (let i = 0; i + 1 < nodes; i += 1) {
    const conductance = Math.sqrt((mobility[i] ?? 0) * (mobility[i + 1] ?? 0)) / (grid.spacingCm[i] ?? 1);
    const flux = conductance * ((carrier[i] ?? 0) - (carrier[i + 1] ?? 0));
    right[i] = (right[i] ?? 0) - flux;
    right[i + 1] = (right[i + 1] ?? 0) + flux;
    diagonal[i] = (diagonal[i] ?? 0) + conductance * (slope[i] ?? 0);
    diagonal[i + 1] = (diagonal[i + 1] ?? 0) + conductance * (slope[i + 1] ?? 0);
    upper[i] = -conductance * (slope[i + 1] ?? 0);
    lower[i + 1] = -conductance * (slope[i] ?? 0);
  }
  const loss = coefficients.surfaceLossCmPerS;
  diagonal[0] = (diagonal[0] ?? 0) + loss;
  right[0] = (right[0] ?? 0) - loss * (step.from[0] ?? 0);
}

/** Adds the flux that implant damage causes to the system. */
function addEnhanced(
  grid: DepthGrid,
  work: DiffusionWorkspace,
  coefficients: DiffusionCoefficients,
  from: Float64Array,
): void {
  const { diagonal, lower, upper, right, free, freeSlope } = work;
  const ni = coefficients.law.intrinsic;
  for (let i = 0; i < from.length; i += 1) {
    const share = 1 / (1 + (from[i] ?? 0) / ni);
    free[i] = (from[i] ?? 0) * share;
    freeSlope[i] = share * share;
  }
  for (let i = 0; i + 1 < from.length; i += 1) {
    const conductance = coefficients.enhancedCm2PerS / (grid.spacingCm[i] ?? 1);
    const flux = conductance * ((free[i] ?? 0) - (free[i + 1] ?? 0));
    right[i] = (right[i] ?? 0) - flux;
    right[i + 1] = (right[i + 1] ?? 0) + flux;
    diagonal[i] = (diagonal[i] ?? 0) + conductance * (freeSlope[i] ?? 0);
    diagonal[i + 1] = (diagonal[i + 1] ?? 0) + conductance * (freeSlope[i + 1] ?? 0);
    upper[i] = (upper[i] ?? 0) - conductance * (freeSlope[i + 1] ?? 0);
    lower[i + 1] = (lower[i + 1] ?? 0) - conductance * (freeSlope[i] ?? 0);
  }
}

/** Thomas algorithm; the matrix is diagonally dominant by columns, so no pivoting is needed. */
function solveTridiagonal(work: DiffusionWorkspace, solution: Float64Array): void {
  const { diagonal, lower, upper, right } = work;
  const nodes = diagonal.length;
  for (let i = 1; i < nodes; i += 1) {
    const factor = (lower[i] ?? 0) / (diagonal[i - 1] ?? 1);
    diagonal[i] = (diagonal[i] ?? 0) - factor * (upper[i - 1] ?? 0);
    right[i] = (right[i] ?? 0) - factor * (right[i - 1] ?? 0);
  }
  solution[nodes - 1] = (right[nodes - 1] ?? 0) / (diagonal[nodes - 1] ?? 1);
  for (let i = nodes - 2; i >= 0; i -= 1) {
    solution[i] = ((right[i] ?? 0) - (upper[i] ?? 0) * (solution[i + 1] ?? 0)) / (diagonal[i] ?? 1);
  }
}
