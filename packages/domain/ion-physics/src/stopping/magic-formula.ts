import { closestApproach } from './scattering-integral.ts';
import { universalScreening } from './universal-screening.ts';

const C1 = 0.99229;
const C2 = 0.011615;
const C3 = 0.0071222;
const C4 = 14.813;
const C5 = 9.3066;

/**
 * Square of the sine of half the scattering angle in the centre-of-mass frame, sin²(θ/2), by Biersack's
 * "magic formula" cos(θ/2) = (B + R_c + Δ)/(R_0 + R_c) with the universal potential.
 * ε: reduced energy, b: impact parameter in screening lengths; no units.
 * Source: Biersack & Haggmark, Nucl. Instrum. Methods 174 (1980) 257; constants of Ziegler et al. (1985).
 * Holds for ε > 0, b ≥ 0 (error of the angle below about 2 %). Worked value: ε = 1, b = 1 → 0.0644.
 */
export function halfAngleSineSquared(reducedEnergy: number, impact: number): number {
  const closest = closestApproach(reducedEnergy, impact);
  const { value, slope } = universalScreening(closest);
  const potential = value / closest;
  const force = (value / closest - slope) / closest;
  const curvature = (2 * (reducedEnergy - potential)) / force;
  const rootEnergy = Math.sqrt(reducedEnergy);
  const alpha = 1 + C1 / rootEnergy;
  const beta = (C2 + rootEnergy) / (C3 + rootEnergy);
  const gamma = (C4 + reducedEnergy) / (C5 + reducedEnergy);
  const a = 2 * alpha * reducedEnergy * impact ** beta;
  const g = gamma / (Math.sqrt(1 + a * a) - a);
  const delta = (a * (closest - impact)) / (1 + g);
  const cosine = (impact + curvature + delta) / (closest + curvature);
  return Math.min(1, Math.max(0, 1 - cosine * cosine));
}
