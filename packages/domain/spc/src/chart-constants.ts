import { gaussLegendre } from './gauss-legendre.ts';
import { normalCumulative, normalDensity } from './normal-distribution.ts';
import { logGamma } from './special-functions.ts';

/** Factors of Shewhart charts for one subgroup size, for `widthSigma` = 3 in the usual tables. */
export type ChartConstants = {
  readonly d2: number;
  readonly d3: number;
  readonly c4: number;
  readonly A2: number;
  readonly A3: number;
  readonly D1: number;
  readonly D2: number;
  readonly D3: number;
  readonly D4: number;
  readonly B3: number;
  readonly B4: number;
  readonly B5: number;
  readonly B6: number;
  readonly E2: number;
};

/**
 * Where d2 and d3 come from. `table` takes the values as printed in handbooks (d2 to three digits, d3 by
 * Harter's seven), so that limits agree with charts kept elsewhere to the last digit; it reaches to 25, and
 * larger subgroups are computed. `computed` integrates.
 */
export type ConstantsSource = 'table' | 'computed';

const SUBGROUP_MAX = 1000;

const PRINTED_D3 = [
  0.8525033, 0.8883697, 0.8798108, 0.8640855, 0.8480442, 0.8332108, 0.8198378, 0.8078413, 0.7970584, 0.787323,
  0.7784873, 0.7704257, 0.763033, 0.7562217, 0.7499188, 0.7440627, 0.7386021, 0.7334929, 0.728698, 0.7241851,
  0.7199267, 0.7158987, 0.7120802, 0.7084528,
];

/** All factors of a subgroup size from 2 to 1000. Worked value: n = 5: A2 = 0.5768, D4 = 2.1145, B4 = 2.0890. */
export function chartConstants(size: number): ChartConstants {
  const c4 = unbiasingC4(size);
  const { d2, d3 } = rangeMoments(size);
  const spread = 3 * Math.sqrt(1 - c4 * c4);
  return {
    d2,
    d3,
    c4,
    A2: 3 / (d2 * Math.sqrt(size)),
    A3: 3 / (c4 * Math.sqrt(size)),
    D1: Math.max(0, d2 - 3 * d3),
    D2: d2 + 3 * d3,
    D3: Math.max(0, 1 - (3 * d3) / d2),
    D4: 1 + (3 * d3) / d2,
    B3: Math.max(0, 1 - spread / c4),
    B4: 1 + spread / c4,
    B5: Math.max(0, c4 - spread),
    B6: c4 + spread,
    E2: 3 / d2,
  };
}

/**
 * Mean of the standard deviation of n normal values: c4 = √(2/(n−1)) Γ(n/2) / Γ((n−1)/2).
 * Source: Montgomery (2013), section 6.3. Valid for n ≥ 2. Worked value: n = 2: 0.7978845608.
 */
export function unbiasingC4(size: number): number {
  if (!(size >= 2)) throw new RangeError(`subgroup size is ${size}; it must be 2 or more`);
  return Math.sqrt(2 / (size - 1)) * Math.exp(logGamma(size / 2) - logGamma((size - 1) / 2));
}

/**
 * Mean d2 and standard deviation d3 of the range of n standard normal values.
 *
 *   d2 = ∫ 1 − Φ(x)ⁿ − (1−Φ(x))ⁿ dx;  E W² = 2 ∫ w (1 − P(W ≤ w)) dw;  P(W ≤ w) = n ∫ φ(x) (Φ(x+w) − Φ(x))ⁿ⁻¹ dx
 *
 * Source: L. H. C. Tippett, Biometrika 17 (1925) 364. Valid for 2 ≤ n ≤ 1000. Worked value: n = 2: d2 = 2/√π.
 */
export function rangeMoments(size: number): { d2: number; d3: number } {
  if (!(Number.isInteger(size) && size >= 2 && size <= SUBGROUP_MAX)) {
    throw new RangeError(`subgroup size is ${size}; it must be a whole number from 2 to ${SUBGROUP_MAX}`);
  }
  const step = 0.05;
  let d2 = 0;
  for (let x = -9; x <= 9; x += step) {
    const below = normalCumulative(x);
    d2 += step * (1 - below ** size - (1 - below) ** size);
  }
  let square = 0;
  for (let panel = 0; panel < 7; panel += 1) {
    const rule = gaussLegendre(12, 2 * panel, 2 * panel + 2);
    rule.nodes.forEach((w, i) => {
      square += 2 * rule.weights[i]! * w * (1 - rangeCumulative(w, size));
    });
  }
  return { d2, d3: Math.sqrt(square - d2 * d2) };
}

/** Mean and standard deviation of the range of n standard normal values, from the wanted source. */
export function chosenRangeMoments(size: number, source: ConstantsSource): { d2: number; d3: number } {
  const computed = rangeMoments(size);
  const d3 = PRINTED_D3[size - 2];
  if (source === 'computed' || d3 === undefined) return computed;
  return { d2: Math.round(computed.d2 * 1000) / 1000, d3 };
}

function rangeCumulative(width: number, size: number): number {
  const step = 0.1;
  let sum = 0;
  for (let x = -9; x <= 9; x += step) {
    sum += normalDensity(x) * (normalCumulative(x + width) - normalCumulative(x)) ** (size - 1);
  }
  return size * step * sum;
}
