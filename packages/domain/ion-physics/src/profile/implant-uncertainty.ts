import { SILICON } from '../materials.ts';
import { dopantEnergyKeV, dopantOf, IONS } from '../species.ts';
import type { ImplantInput } from './implant-input.ts';
import { type Moments, rangeMoments } from './range-moments.ts';
import { rectangular, type UncertaintyBudget, uncertaintyBudget } from './uncertainty.ts';

/** Budgets of the two numbers that a recipe is judged by. */
export type ImplantUncertainty = { projectedRange: UncertaintyBudget; retainedDose: UncertaintyBudget };

/** Acceleration voltage 0.5 %, angles ±0.1° and dosimetry 0.5 % of a well-kept implanter. */
const ENERGY_RELATIVE = 0.005;
const ANGLE_DEG = 0.1;
const DOSE_RELATIVE = 0.005;
/** Electronic stopping of the tables against measured ranges (SRIM-2013: 4–6 % for heavy ions). */
const STOPPING_RELATIVE = 0.04;
/** Backscattering of ions lighter than silicon depends on the convention named in `collision-table.ts`. */
const BACKSCATTER_LIGHT = 0.4;
const BACKSCATTER_HEAVY = 0.1;

/**
 * Uncertainty of range and retained dose. Sensitivities come from the tables themselves: d ln R_p/d ln E by a
 * 2 % step and d ln cos(tilt). Below 1 keV binary collisions are doubtful, so a model term
 * grows as 5 % · (1 keV/E − 1) up to 25 %.
 */
export function implantUncertainty(input: ImplantInput, moments: Moments): ImplantUncertainty {
  const ion = dopantOf(input.species);
  const energyKeV = dopantEnergyKeV(input.species, input.energyKeV);
  const above = rangeMoments(ion, energyKeV * 1.01, input.tiltDeg);
  const below = rangeMoments(ion, energyKeV * 0.99, input.tiltDeg);
  const slope = Math.abs(Math.log(above.projectedRangeNm / below.projectedRangeNm) / 0.02);
  const angle = Math.min(
    1,
    (Math.tan((Math.min(input.tiltDeg, 85) * Math.PI) / 180) * ANGLE_DEG * Math.PI) / 180,
  );
  const lowEnergy = Math.min(0.25, 0.05 * Math.max(0, 1 / energyKeV - 1));
  const channels = input.target?.crystalline === false ? 0 : 0.03;
  const lighter = IONS[ion].massU < SILICON.massU;
  const backscatterUncertainty =
    (lighter ? BACKSCATTER_LIGHT : BACKSCATTER_HEAVY) * moments.backscatterFraction;
  return {
    projectedRange: uncertaintyBudget('projectedRangeNm', [
      component('Monte Carlo tables and interpolation', 'A', 'normal', 0.004),
      component('electronic stopping', 'B', 'rectangular', rectangular(STOPPING_RELATIVE)),
      component('beam energy', 'B', 'rectangular', slope * rectangular(ENERGY_RELATIVE)),
      component('tilt', 'B', 'rectangular', rectangular(angle)),
      component('binary collisions below 1 keV', 'B', 'rectangular', rectangular(lowEnergy)),
      component('channelling model', 'B', 'rectangular', rectangular(channels)),
    ]),
    retainedDose: uncertaintyBudget('retainedDosePerCm2', [
      component('dosimetry', 'B', 'rectangular', rectangular(DOSE_RELATIVE)),
      component('backscattering', 'B', 'rectangular', rectangular(backscatterUncertainty)),
      component('tilt', 'B', 'rectangular', rectangular(angle)),
    ]),
  };
}

function component(
  name: string,
  type: 'A' | 'B',
  distribution: 'normal' | 'rectangular',
  relativeStandardUncertainty: number,
): ImplantUncertainty['projectedRange']['components'][number] {
  return { name, type, distribution, relativeStandardUncertainty };
}
