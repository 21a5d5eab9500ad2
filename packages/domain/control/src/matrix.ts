/** A dense matrix as rows; the form in which callers state models and weights. */
export type Matrix = readonly (readonly number[])[];

/** Row-major storage of `rows` × `columns` numbers, for inner loops. */
export type Dense = { readonly rows: number; readonly columns: number; readonly values: Float64Array };

/** An empty dense matrix. */
export function createDense(rows: number, columns: number): Dense {
  return { rows, columns, values: new Float64Array(rows * columns) };
}

/** Copies rows of numbers; refuses ragged input. */
export function denseFrom(matrix: Matrix): Dense {
  const columns = matrix[0]?.length ?? 0;
  const dense = createDense(matrix.length, columns);
  matrix.forEach((row, index) => {
    if (row.length !== columns)
      throw new RangeError(`matrix row ${index} has ${row.length} of ${columns} numbers`);
    dense.values.set(row, index * columns);
  });
  return dense;
}

/** a · b. */
export function multiply(a: Dense, b: Dense): Dense {
  const result = createDense(a.rows, b.columns);
  for (let i = 0; i < a.rows; i += 1) {
    for (let k = 0; k < a.columns; k += 1) {
      const factor = a.values[i * a.columns + k] ?? 0;
      if (factor === 0) continue;
      for (let j = 0; j < b.columns; j += 1) {
        result.values[i * b.columns + j]! += factor * (b.values[k * b.columns + j] ?? 0);
      }
    }
  }
  return result;
}

/** The transpose. */
export function transpose(a: Dense): Dense {
  const result = createDense(a.columns, a.rows);
  for (let i = 0; i < a.rows; i += 1) {
    for (let j = 0; j < a.columns; j += 1) {
      result.values[j * a.rows + i] = a.values[i * a.columns + j] ?? 0;
    }
  }
  return result;
}

/** a · x for a plain vector. */
export function multiplyVector(a: Dense, x: ArrayLike<number>): Float64Array {
  const result = new Float64Array(a.rows);
  for (let i = 0; i < a.rows; i += 1) {
    let sum = 0;
    const start = i * a.columns;
    for (let j = 0; j < a.columns; j += 1) sum += a.values[start + j]! * x[j]!;
    result[i] = sum;
  }
  return result;
}

/** The inverse of a symmetric positive definite matrix by Cholesky; refuses any other. */
export function invertPositiveDefinite(a: Dense): Dense {
  const n = a.rows;
  const lower = cholesky(a);
  const inverse = createDense(n, n);
  const column = new Float64Array(n);
  for (let c = 0; c < n; c += 1) {
    column.fill(0);
    column[c] = 1;
    solveLower(lower, column);
    for (let i = 0; i < n; i += 1) inverse.values[i * n + c] = column[i] ?? 0;
  }
  // H⁻¹ = L⁻ᵀ L⁻¹, and `inverse` holds L⁻¹.
  return multiply(transpose(inverse), inverse);
}

function cholesky(a: Dense): Dense {
  const n = a.rows;
  const lower = createDense(n, n);
  const l = lower.values;
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = a.values[i * n + j] ?? 0;
      for (let k = 0; k < j; k += 1) sum -= l[i * n + k]! * l[j * n + k]!;
      if (i === j && !(sum > 0))
        throw new RangeError(`matrix is not positive definite (pivot ${i} is ${sum})`);
      l[i * n + j] = i === j ? Math.sqrt(sum) : sum / l[j * n + j]!;
    }
  }
  return lower;
}

function solveLower(lower: Dense, x: Float64Array): void {
  const n = lower.rows;
  for (let i = 0; i < n; i += 1) {
    let sum = x[i]!;
    for (let k = 0; k < i; k += 1) sum -= lower.values[i * n + k]! * x[k]!;
    x[i] = sum / lower.values[i * n + i]!;
  }
}
