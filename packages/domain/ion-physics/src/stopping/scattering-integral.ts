import { universalScreening } from './universal-screening.ts';

const NODES = 16;
const abscissas = Array.from({ length: NODES / 2 }, (_, i) =>
  Math.cos(((2 * i + 1) * Math.PI) / (2 * NODES)),
);

/**
 * Square of the sine of half the scattering angle, from the classical scattering integral
 * θ = π − 2b ∫_{r₀}^∞ dr / (r² √(1 − φ(r)/(ε r) − b²/r²)) by Gauss–Mehler quadrature.
 * ε: reduced energy, b: impact parameter in screening lengths; no units.
 * Source: Mendenhall & Weller, Nucl. Instrum. Methods B 58 (1991) 11; Everhart et al., Phys. Rev. 99 (1955) 1287.
 * Holds for ε > 0, b ≥ 0. Worked value: ε = 1, b = 1 → 0.0625. With 16 nodes the error is below 0.1 %.
 */
export function scatteringIntegralSineSquared(reducedEnergy: number, impact: number): number {
  const closest = closestApproach(reducedEnergy, impact);
  let sum = 0;
  for (const x of abscissas) {
    const r = closest / x;
    const inside = 1 - universalScreening(r).value / (r * reducedEnergy) - (impact / r) ** 2;
    sum += Math.sqrt((1 - x * x) / inside);
  }
  const angle = Math.PI - ((2 * Math.PI * impact) / (NODES * closest)) * sum;
  return Math.sin(angle / 2) ** 2;
}

/** Apsis of the orbit: root of 1 − φ(r)/(ε r) − (b/r)² by Newton's method from outside. */
export function closestApproach(reducedEnergy: number, impact: number): number {
  let r = Math.max(impact, 1e-9) + 1 / reducedEnergy;
  for (let i = 0; i < 100; i += 1) {
    const { value, slope } = universalScreening(r);
    const f = r * r - (r * value) / reducedEnergy - impact * impact;
    const df = 2 * r - (value + r * slope) / reducedEnergy;
    const next = df > 0 ? r - f / df : r / 2;
    const guarded = next > 0 ? next : r / 2;
    if (Math.abs(guarded - r) < 1e-12 * r) return guarded;
    r = guarded;
  }
  return r;
}
