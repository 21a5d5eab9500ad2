/** Solves A x = b for a square matrix given as rows, by elimination with row exchange. */
export function solveLinear(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const size = right.length;
  const rows = matrix.map((row, i) => Float64Array.from([...row, right[i]!]));
  for (let column = 0; column < size; column += 1) {
    let best = column;
    for (let i = column + 1; i < size; i += 1) {
      if (Math.abs(rows[i]![column]!) > Math.abs(rows[best]![column]!)) best = i;
    }
    const pivotRow = rows[best]!;
    if (pivotRow[column] === 0) throw new RangeError('the linear system is singular');
    rows[best] = rows[column]!;
    rows[column] = pivotRow;
    for (let i = column + 1; i < size; i += 1) {
      const row = rows[i]!;
      const factor = row[column]! / pivotRow[column]!;
      if (factor === 0) continue;
      for (let j = column; j <= size; j += 1) row[j]! -= factor * pivotRow[j]!;
    }
  }
  const solution: number[] = Array.from({ length: size }, () => 0);
  for (let i = size - 1; i >= 0; i -= 1) {
    let sum = rows[i]![size]!;
    for (let j = i + 1; j < size; j += 1) sum -= rows[i]![j]! * solution[j]!;
    solution[i] = sum / rows[i]![i]!;
  }
  return solution;
}
