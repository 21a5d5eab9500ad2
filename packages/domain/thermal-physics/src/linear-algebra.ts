/** Solves A x = b by Gaussian elimination with partial pivoting; throws if A is singular. */
export function solveLinear(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const size = right.length;
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0]);
  for (let column = 0; column < size; column += 1) {
    pivotTo(rows, column);
    const pivotRow = rows[column] ?? [];
    const pivot = pivotRow[column] ?? 0;
    for (let i = column + 1; i < size; i += 1) {
      const row = rows[i] ?? [];
      const factor = (row[column] ?? 0) / pivot;
      for (let j = column; j <= size; j += 1) row[j] = (row[j] ?? 0) - factor * (pivotRow[j] ?? 0);
    }
  }
  return backSubstitute(rows, size);
}

/** Product of two matrices. */
function multiply(left: readonly number[][], right: readonly number[][]): number[][] {
  return left.map((row) =>
    (right[0] ?? []).map((_, j) => row.reduce((sum, value, k) => sum + value * (right[k]?.[j] ?? 0), 0)),
  );
}

/** Matrix exponential by scaling, an 18-term Taylor series, and squaring. */
export function matrixExponential(matrix: readonly number[][]): number[][] {
  const norm = Math.max(...matrix.map((row) => row.reduce((sum, value) => sum + Math.abs(value), 0)));
  const squarings = Math.max(0, Math.ceil(Math.log2(Math.max(norm, 1e-300))) + 2);
  const scaled = matrix.map((row) => row.map((value) => value / 2 ** squarings));
  let term: number[][] = scaled.map((row, i) => row.map((_, j) => (i === j ? 1 : 0)));
  let sum = term.map((row) => [...row]);
  for (let k = 1; k <= 18; k += 1) {
    term = multiply(term, scaled).map((row) => row.map((value) => value / k));
    sum = sum.map((row, i) => row.map((value, j) => value + (term[i]?.[j] ?? 0)));
  }
  for (let s = 0; s < squarings; s += 1) sum = multiply(sum, sum);
  return sum;
}

function pivotTo(rows: number[][], column: number): void {
  let best = column;
  for (let i = column + 1; i < rows.length; i += 1) {
    if (Math.abs(rows[i]?.[column] ?? 0) > Math.abs(rows[best]?.[column] ?? 0)) best = i;
  }
  const bestRow = rows[best];
  const thisRow = rows[column];
  if (bestRow === undefined || thisRow === undefined || (bestRow[column] ?? 0) === 0) {
    throw new Error(`Matrix is singular in column ${column}`);
  }
  rows[best] = thisRow;
  rows[column] = bestRow;
}

function backSubstitute(rows: readonly number[][], size: number): number[] {
  const solution = Array.from({ length: size }, () => 0);
  for (let i = size - 1; i >= 0; i -= 1) {
    const row = rows[i] ?? [];
    let sum = row[size] ?? 0;
    for (let j = i + 1; j < size; j += 1) sum -= (row[j] ?? 0) * (solution[j] ?? 0);
    solution[i] = sum / (row[i] ?? 1);
  }
  return solution;
}
