/** Eigenvalues in falling order, and their unit vectors in the same order. */
export type Eigen = { readonly values: number[]; readonly vectors: number[][] };

const SWEEPS_MAX = 100;

/** Eigenvalues and vectors of a symmetric matrix by Jacobi rotations (Golub & Van Loan, section 8.5). */
export function symmetricEigen(matrix: readonly (readonly number[])[]): Eigen {
  const size = matrix.length;
  const a = matrix.map((row) => [...row]);
  const v = matrix.map((_, i) => matrix.map((__, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < SWEEPS_MAX && offDiagonal(a) > 1e-26 * diagonal(a); sweep += 1) {
    for (let p = 0; p < size - 1; p += 1) {
      for (let q = p + 1; q < size; q += 1) rotate(a, v, { p, q });
    }
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => v.map((row) => row[i]!)) };
}

function rotate(a: number[][], v: number[][], { p, q }: { p: number; q: number }): void {
  const off = a[p]![q]!;
  if (off === 0) return;
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * off);
  const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cosine = 1 / Math.sqrt(tangent * tangent + 1);
  const sine = tangent * cosine;
  for (const row of [...a, ...v]) {
    const atP = row[p]!;
    const atQ = row[q]!;
    row[p] = cosine * atP - sine * atQ;
    row[q] = sine * atP + cosine * atQ;
  }
  const rowP = a[p]!;
  const rowQ = a[q]!;
  for (let k = 0; k < a.length; k += 1) {
    const atP = rowP[k]!;
    const atQ = rowQ[k]!;
    rowP[k] = cosine * atP - sine * atQ;
    rowQ[k] = sine * atP + cosine * atQ;
  }
}

function offDiagonal(a: readonly (readonly number[])[]): number {
  return a.reduce(
    (sum, row, i) => sum + row.reduce((part, value, j) => part + (i === j ? 0 : value * value), 0),
    0,
  );
}

function diagonal(a: readonly (readonly number[])[]): number {
  return a.reduce((sum, row, i) => sum + row[i]! ** 2, 0);
}
