import type { Dense, Matrix } from './matrix.ts';
import { createDense, denseFrom, multiply } from './matrix.ts';

/** Predictions over the horizon: states = free + inputs · stacked, all stacked step by step. */
export type Prediction = {
  /** Effect of the stacked inputs on the stacked states. */
  readonly inputs: Dense;
  readonly model: { readonly a: Dense; readonly b: Dense };
  readonly horizon: number;
};

/** Builds the block lower-triangular prediction matrix: block (k, j) = A^{k−j} B for j ≤ k. */
export function predictHorizon(A: Matrix, B: Matrix, horizon: number): Prediction {
  const a = denseFrom(A);
  const b = denseFrom(B);
  const states = a.rows;
  const controls = b.columns;
  const inputs = createDense(horizon * states, horizon * controls);
  let block = b;
  for (let lag = 0; lag < horizon; lag += 1) {
    for (let k = lag; k < horizon; k += 1) placeBlock(inputs, block, k * states, (k - lag) * controls);
    block = multiply(a, block);
  }
  return { inputs, model: { a, b }, horizon };
}

/** The stacked states if every input were zero: x ← A x + drift from the given start. */
export function freeResponse(
  prediction: Prediction,
  start: readonly number[],
  drift: readonly number[],
): Float64Array {
  const { a } = prediction.model;
  const size = a.rows;
  const stacked = new Float64Array(prediction.horizon * size);
  let x: ArrayLike<number> = start;
  for (let k = 0; k < prediction.horizon; k += 1) {
    const next = new Float64Array(size);
    for (let i = 0; i < size; i += 1) {
      let sum = drift[i]!;
      for (let j = 0; j < size; j += 1) sum += a.values[i * size + j]! * x[j]!;
      next[i] = sum;
    }
    stacked.set(next, k * size);
    x = next;
  }
  return stacked;
}

function placeBlock(target: Dense, block: Dense, row: number, column: number): void {
  for (let i = 0; i < block.rows; i += 1) {
    for (let j = 0; j < block.columns; j += 1) {
      target.values[(row + i) * target.columns + column + j] = block.values[i * block.columns + j]!;
    }
  }
}
