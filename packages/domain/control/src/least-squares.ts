import { denseFrom, invertPositiveDefinite, multiplyVector } from './matrix.ts';

/**
 * Least-squares solution of rows · x = right by the normal equations, columns scaled to unit length; a tiny
 * ridge (1e-12) keeps nearly dependent columns apart. Null when a column is all zero or not finite.
 */
export function solveNormal(rows: readonly (readonly number[])[], right: readonly number[]): number[] | null {
  const size = rows[0]?.length ?? 0;
  const scale = Array.from({ length: size }, (_, j) =>
    Math.sqrt(rows.reduce((sum, row) => sum + row[j]! ** 2, 0)),
  );
  if (!scale.every((value) => Number.isFinite(value) && value > 1e-300)) return null;
  const gram = scale.map((scaleI, i) =>
    scale.map((scaleJ, j) => {
      const sum = rows.reduce((part, row) => part + (row[i]! / scaleI) * (row[j]! / scaleJ), 0);
      return i === j ? sum + 1e-12 : sum;
    }),
  );
  const projected = scale.map((scaleJ, j) =>
    rows.reduce((sum, row, k) => sum + (row[j]! / scaleJ) * right[k]!, 0),
  );
  const solution = multiplyVector(invertPositiveDefinite(denseFrom(gram)), projected);
  return Array.from(solution, (value, j) => value / scale[j]!);
}
