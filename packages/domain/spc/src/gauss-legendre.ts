/** Nodes and weights of a quadrature rule. */
export type Quadrature = { readonly nodes: readonly number[]; readonly weights: readonly number[] };

/** Gauss–Legendre rule with `count` points on [from, to]: exact for polynomials up to degree 2·count − 1. */
export function gaussLegendre(count: number, from: number, to: number): Quadrature {
  const middle = (from + to) / 2;
  const half = (to - from) / 2;
  const nodes: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const { root, slope } = legendreRoot(count, Math.cos((Math.PI * (i + 0.75)) / (count + 0.5)));
    nodes.push(middle - half * root);
    weights.push((2 * half) / ((1 - root * root) * slope * slope));
  }
  return { nodes, weights };
}

function legendreRoot(count: number, guess: number): { root: number; slope: number } {
  let root = guess;
  let slope = 1;
  for (let step = 0; step < 100; step += 1) {
    let before = 1;
    let value = root;
    for (let k = 2; k <= count; k += 1) {
      const next = ((2 * k - 1) * root * value - (k - 1) * before) / k;
      before = value;
      value = next;
    }
    slope = (count * (root * value - before)) / (root * root - 1);
    const change = value / slope;
    root -= change;
    if (Math.abs(change) < 1e-16) break;
  }
  return { root, slope };
}
