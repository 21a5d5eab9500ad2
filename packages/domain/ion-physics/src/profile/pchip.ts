/**
 * Monotone cubic Hermite interpolation (PCHIP). Source: Fritsch & Carlson, SIAM J. Numer. Anal. 17 (1980) 238,
 * slopes by the weighted harmonic mean of Fritsch & Butland. Never overshoots the data; `x` must rise and `at`
 * lie within it (outside, the nearest end is returned).
 */
export function pchip(x: readonly number[], y: readonly number[], at: number): number {
  const last = x.length - 1;
  if (at <= (x[0] as number)) return y[0] as number;
  if (at >= (x[last] as number)) return y[last] as number;
  let i = 0;
  while ((x[i + 1] as number) < at) i += 1;
  const h = (x[i + 1] as number) - (x[i] as number);
  const t = (at - (x[i] as number)) / h;
  const m0 = slope(x, y, i);
  const m1 = slope(x, y, i + 1);
  const y0 = y[i] as number;
  const y1 = y[i + 1] as number;
  const u = 1 - t;
  return y0 * (1 + 2 * t) * u * u + m0 * h * t * u * u + y1 * t * t * (3 - 2 * t) - m1 * h * t * t * u;
}

function slope(x: readonly number[], y: readonly number[], i: number): number {
  const last = x.length - 1;
  if (i === 0) return secant(x, y, 0);
  if (i === last) return secant(x, y, last - 1);
  const left = secant(x, y, i - 1);
  const right = secant(x, y, i);
  if (left * right <= 0) return 0;
  const hLeft = (x[i] as number) - (x[i - 1] as number);
  const hRight = (x[i + 1] as number) - (x[i] as number);
  const wLeft = 2 * hRight + hLeft;
  const wRight = hRight + 2 * hLeft;
  return (wLeft + wRight) / (wLeft / left + wRight / right);
}

function secant(x: readonly number[], y: readonly number[], i: number): number {
  return ((y[i + 1] as number) - (y[i] as number)) / ((x[i + 1] as number) - (x[i] as number));
}
