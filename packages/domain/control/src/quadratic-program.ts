import { ActiveRows } from './active-rows.ts';
import type { Dense, Matrix } from './matrix.ts';
import {
  createDense,
  denseFrom,
  invertPositiveDefinite,
  multiply,
  multiplyVector,
  transpose,
} from './matrix.ts';
import type { SparseRows } from './sparse-rows.ts';
import { sparseFrom } from './sparse-rows.ts';

/**
 * The part of a quadratic programme that stays the same from solve to solve, factorised once:
 * minimise ½ xᵀHx + gᵀx subject to lower ≤ Gx ≤ upper.
 */
export type PreparedQp = {
  readonly constraints: Dense;
  /** The same without its zeros. */
  readonly sparse: SparseRows;
  readonly inverseHessian: Dense;
  /** H⁻¹Gᵀ, stored by constraint row. */
  readonly directions: Dense;
  /** G H⁻¹ Gᵀ plus the compliance of soft rows: the Hessian of the dual problem. */
  readonly dual: Dense;
};

/** What changes from solve to solve. `activeRows` is the answer of the previous one, to start from. */
export type QpProblem = {
  readonly gradient: ArrayLike<number>;
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
  readonly activeRows?: readonly number[];
};

/**
 * The optimum, or why there is none. `activeRows` holds +(row+1) for an upper and −(row+1) for a lower
 * limit; `multipliers` belongs to it, entry by entry, positive at upper and negative at lower limits.
 */
export type QpSolution = {
  readonly status: 'optimal' | 'infeasible' | 'iteration_limit';
  readonly x: Float64Array;
  readonly activeRows: number[];
  readonly multipliers: number[];
  readonly iterations: number;
};

const FEASIBILITY_TOLERANCE = 1e-10;
const DEPENDENCE_TOLERANCE = 1e-11;
const ITERATIONS_PER_ROW_MAX = 10;

/**
 * Factorises H and the dual. `softness[i]` above 0 lets row i be exceeded by s at the cost s²/(2·softness):
 * an exact slack variable that needs no column of its own.
 */
export function prepareQp(
  hessian: Matrix | Dense,
  constraints: Matrix | Dense,
  softness?: ArrayLike<number>,
): PreparedQp {
  const h = isDense(hessian) ? hessian : denseFrom(hessian);
  const g = isDense(constraints) ? constraints : denseFrom(constraints);
  const inverseHessian = invertPositiveDefinite(h);
  const directions = multiply(g, inverseHessian);
  const dual = g.rows === 0 ? createDense(0, 0) : multiply(directions, transpose(g));
  for (let row = 0; row < g.rows; row += 1) dual.values[row * g.rows + row]! += softness?.[row] ?? 0;
  return { constraints: g, sparse: sparseFrom(g), inverseHessian, directions, dual };
}

/**
 * Solves a prepared programme by the dual active-set method of Goldfarb & Idnani (Mathematical Programming
 * 27, 1983, 1–33), carried out entirely on G H⁻¹ Gᵀ, and started from the active rows of the last solve.
 *
 * Starting at the unconstrained minimum (or at the optimum over the warm-started rows), the most violated
 * row is added while all multipliers keep their sign, until no row is violated. Each addition raises the
 * cost, so it ends after finitely many. Exact to rounding, about 1e-9 of the scale of the problem. Worked
 * value: H = I, g = (−2, −1), 0 ≤ x ≤ 1: x = (1, 1), multiplier 1 on the first upper limit.
 */
export function solveQp(qp: PreparedQp, problem: QpProblem): QpSolution {
  const free = multiplyVector(qp.inverseHessian, problem.gradient);
  for (let i = 0; i < free.length; i += 1) free[i] = -free[i]!;
  const active = new ActiveRows(qp, free, problem);
  if (problem.activeRows) active.warmStart(problem.activeRows);
  const search = addViolatedRows(active);
  active.polish();
  return {
    status: search.status,
    x: active.point(),
    activeRows: active.encode(),
    multipliers: active.multipliers(),
    iterations: search.iterations,
  };
}

function addViolatedRows(active: ActiveRows): Pick<QpSolution, 'status' | 'iterations'> {
  const limit = ITERATIONS_PER_ROW_MAX * (active.rowCount + 1);
  for (let iterations = 0; iterations < limit; iterations += 1) {
    const violated = active.mostViolated(FEASIBILITY_TOLERANCE);
    if (violated === null) return { status: 'optimal', iterations };
    if (!active.enforce(violated, DEPENDENCE_TOLERANCE)) return { status: 'infeasible', iterations };
  }
  return { status: 'iteration_limit', iterations: limit };
}

function isDense(matrix: Matrix | Dense): matrix is Dense {
  return 'values' in matrix && matrix.values instanceof Float64Array;
}
