import { requireInRange } from './require-in-range.ts';
import { requireDepths } from './sheet-resistance.ts';

/**
 * Depth (µm) at which a profile falls through a level for the last time, or null if it never reaches the level.
 *
 * x_j: C(x_j) = level, with ln C linear in depth between nodes (profiles fall off like Gaussians, so
 * interpolating the logarithm is exact to second order).
 *
 * C: total dopant concentration (1/cm3); level: usually the background of the other type (1/cm3).
 * Source: definition of the metallurgical junction, Sze & Ng, sect. 2.2. Range: level 1-1e22.
 * Worked value: 1e18 at 100 nm and 1e16 at 200 nm: level 1e17 lies at 0.150 µm.
 */
export function junctionDepthUm(
  depthNm: readonly number[],
  concentrationPerCm3: readonly number[],
  levelPerCm3: number,
): number | null {
  requireDepths(depthNm, concentrationPerCm3, 'concentrationPerCm3');
  requireInRange('levelPerCm3', levelPerCm3, 1, 1e22);
  for (let i = depthNm.length - 1; i > 0; i -= 1) {
    const above = concentrationPerCm3[i - 1] ?? 0;
    const below = concentrationPerCm3[i] ?? 0;
    if (above >= levelPerCm3 && below < levelPerCm3) {
      const start = depthNm[i - 1] ?? 0;
      const share = Math.log(above / levelPerCm3) / Math.log(above / Math.max(below, 1e-3));
      return (start + share * ((depthNm[i] ?? 0) - start)) * 1e-3;
    }
  }
  return null;
}
