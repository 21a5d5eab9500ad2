import { rectangular, uncertaintyBudget } from '@spectra/uncertainty';
import type { UncertaintyBudget, UncertaintySource } from '@spectra/uncertainty';
import { SILICON } from '../materials.ts';
import { dopantEnergyKeV, dopantOf, IONS } from '../species.ts';
import type { ImplantInput } from './implant-input.ts';
import { type Moments, rangeMoments } from './range-moments.ts';

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

/** Ions of each Monte Carlo behind the tables. */
const TABLE_IONS = 20_000;
const TABLE_RELATIVE = 0.004;
/** Name of the component that a run replaces by what its own calibrations say. */
export const BEAM_ENERGY = 'beam energy';

/**
 * Uncertainty of range and retained dose. Sensitivities come from the tables themselves: d ln R_p/d ln E by a
 * 2 % step and d ln cos(tilt). Below 1 keV binary collisions are doubtful, so a model term
 * grows as 5 % · (1 keV/E − 1) up to 25 %.
 */
export function implantUncertainty(input: ImplantInput, moments: Moments): ImplantUncertainty {
  return { projectedRange: rangeBudget(input, moments), retainedDose: doseBudget(input, moments) };
}

function rangeBudget(input: ImplantInput, moments: Moments): UncertaintyBudget {
  const ion = dopantOf(input.species);
  const energyKeV = dopantEnergyKeV(input.species, input.energyKeV);
  const above = rangeMoments(ion, energyKeV * 1.01, input.tiltDeg);
  const below = rangeMoments(ion, energyKeV * 0.99, input.tiltDeg);
  const slope = Math.abs(Math.log(above.projectedRangeNm / below.projectedRangeNm) / 0.02);
  const lowEnergy = Math.min(0.25, 0.05 * Math.max(0, 1 / energyKeV - 1));
  const channels = input.target?.crystalline === false ? 0 : 0.03;
  const value = moments.projectedRangeNm;
  const limits = (name: string, halfWidth: number, source: string) =>
    relativeLimits({ name, halfWidth, source, sensitivity: value });
  return uncertaintyBudget({ quantity: 'projectedRangeNm', unit: 'nm', value }, [
    {
      ...limits('Monte Carlo tables and interpolation', 0, 'standard error and fit of the range tables'),
      type: 'A',
      distribution: 'normal',
      standardUncertainty: TABLE_RELATIVE,
      degreesOfFreedom: TABLE_IONS - 1,
    },
    limits('electronic stopping', STOPPING_RELATIVE, 'SRIM-2013 against measured ranges, heavy ions'),
    {
      ...limits(BEAM_ENERGY, ENERGY_RELATIVE, 'acceleration voltage of a well-kept implanter, ±0.5 %'),
      sensitivity: slope * value,
    },
    tiltLimits(input, value),
    limits('binary collisions below 1 keV', lowEnergy, 'model term 5 % (1 keV/E − 1)'),
    limits('channelling model', channels, 'crystalline against amorphous range tables'),
  ]);
}

function doseBudget(input: ImplantInput, moments: Moments): UncertaintyBudget {
  const lighter = IONS[dopantOf(input.species)].massU < SILICON.massU;
  const back = (lighter ? BACKSCATTER_LIGHT : BACKSCATTER_HEAVY) * moments.backscatterFraction;
  const value = input.dosePerCm2 * (1 - moments.backscatterFraction);
  const limits = (name: string, halfWidth: number, source: string) =>
    relativeLimits({ name, halfWidth, source, sensitivity: value });
  return uncertaintyBudget({ quantity: 'retainedDosePerCm2', unit: '1/cm²', value }, [
    limits('dosimetry', DOSE_RELATIVE, 'dosimetry of a well-kept implanter, ±0.5 %'),
    limits('backscattering', back, 'conventions of backscattering codes, see collision-table.ts'),
    tiltLimits(input, value),
  ]);
}

/** Limits ± of a share of the quantity, without a preference within them. */
function relativeLimits(limits: {
  name: string;
  halfWidth: number;
  source: string;
  sensitivity: number;
}): UncertaintySource {
  return {
    name: limits.name,
    type: 'B',
    distribution: 'rectangular',
    standardUncertainty: rectangular(limits.halfWidth),
    unit: '1',
    sensitivity: limits.sensitivity,
    degreesOfFreedom: Infinity,
    source: limits.source,
  };
}

/** Range and dose go with the cosine of the tilt: ∂/∂θ = −y tan θ, at most as at 85°. */
function tiltLimits({ tiltDeg }: ImplantInput, value: number): UncertaintySource {
  const perDeg = (Math.tan((Math.min(tiltDeg, 85) * Math.PI) / 180) * Math.PI) / 180;
  return {
    ...relativeLimits({
      name: 'tilt',
      halfWidth: 0,
      source: 'angles of a well-kept implanter, ±0.1°',
      sensitivity: 0,
    }),
    standardUncertainty: rectangular(ANGLE_DEG),
    unit: '°',
    sensitivity: -value * perDeg,
  };
}
