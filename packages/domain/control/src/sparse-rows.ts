import type { Dense } from './matrix.ts';

/** Rows of a matrix without their zeros: row r holds entries `starts[r]` up to `starts[r + 1]`. */
export type SparseRows = {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
};

/** Drops the zeros of a dense matrix; limits of single inputs and of their changes have few entries. */
export function sparseFrom(dense: Dense): SparseRows {
  const starts = new Int32Array(dense.rows + 1);
  const columns: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < dense.rows; row += 1) {
    for (let column = 0; column < dense.columns; column += 1) {
      const value = dense.values[row * dense.columns + column]!;
      if (value === 0) continue;
      columns.push(column);
      values.push(value);
    }
    starts[row + 1] = columns.length;
  }
  return { starts, columns: Int32Array.from(columns), values: Float64Array.from(values) };
}

/** Writes rows · x into `result`. */
export function multiplySparse(rows: SparseRows, x: Float64Array, result: Float64Array): void {
  const { starts, columns, values } = rows;
  for (let row = 0; row < result.length; row += 1) {
    let sum = 0;
    const end = starts[row + 1]!;
    for (let i = starts[row]!; i < end; i += 1) sum += values[i]! * x[columns[i]!]!;
    result[row] = sum;
  }
}
