import type { RunToRunSettings } from '@spectra/control';
import type { RunToRunLoop } from '@spectra/run-engine';
import { implantedProfile } from './implanted-wafer.ts';
import type { IonRecipe, IonWaferResult } from './types.ts';

type Loop = RunToRunLoop<IonRecipe, IonWaferResult>;

/** Dose that metrology finds against the dose asked for; steered by a factor on the recipe's dose. */
const doseLoop: Loop = {
  id: 'dose',
  parameter: 'dose_atoms_cm2',
  measuredBy: 'dose_atoms_cm2',
  outputUnit: 'share of the dose asked for',
  neutralInput: 1,
  settings: () => DOSE,
  steered: (asked, input) => asked.dosePerCm2 * input,
  apply: (wire, input) => scaled(wire, 'dose_atoms_cm2', input),
  outputOf: (asked, measured) => measured / asked.dosePerCm2,
  estimate: (asked, result) => result.waferDosePerCm2 / asked.dosePerCm2,
  reasons: {
    moved: 'EWMA of the dose on the wafer',
    within_dead_band: 'the dose on the wafer agrees with the recipe: keep it',
    outlier_held_back: 'the last run differs too much from the earlier ones: wait for another',
    move_limited: 'EWMA of the dose on the wafer; the move is limited to 1 %',
    input_limited: 'EWMA of the dose on the wafer; the factor is at its limit',
  },
};

const DOSE: RunToRunSettings = {
  weights: { lambda1: 0.3, lambda2: 0 },
  target: 1,
  modelGain: 1,
  gainRatioMax: 1.5,
  inputMin: 0.95,
  inputMax: 1.05,
  moveMax: 0.01,
  deadBand: 0.001,
  noiseSigma: 0.001,
  outlierSigma: 5,
};

/** Range that a depth profile shows against the range of the energy asked for; steered by a factor on the energy. */
const energyLoop: Loop = {
  id: 'energy',
  parameter: 'energy_kev',
  measuredBy: 'projected_range_nm',
  outputUnit: 'share of the range of the energy asked for',
  neutralInput: 1,
  settings: energySettings,
  steered: (asked, input) => asked.energyKeV * input,
  apply: (wire, input) => scaled(wire, 'energy_kev', input),
  outputOf: (asked, measured) => measured / projectedRangeNm(asked, asked.energyKeV),
  // The beam line cannot see how deep its ions came to rest.
  estimate: () => null,
  reasons: {
    moved: 'EWMA of the measured range',
    within_dead_band: 'the measured range agrees with the energy: keep it',
    outlier_held_back: 'the last depth profile differs too much from the earlier ones: wait for another',
    move_limited: 'EWMA of the measured range; the move is limited to 0.5 %',
    input_limited: 'EWMA of the measured range; the factor is at its limit',
  },
};

/** What an implanter steers from run to run. */
export const ionLoops: readonly Loop[] = [doseLoop, energyLoop];

/** A depth profile tells the range to about 1 %; the gain is d ln R_p / d ln E at the energy asked for. */
function energySettings(asked: IonRecipe): RunToRunSettings | null {
  const step = 1.01;
  const ratio = projectedRangeNm(asked, asked.energyKeV * step) / projectedRangeNm(asked, asked.energyKeV);
  const modelGain = Math.log(ratio) / Math.log(step);
  if (!(modelGain > 0.1)) return null;
  return {
    weights: { lambda1: 0.3, lambda2: 0 },
    target: 1,
    modelGain,
    gainRatioMax: 1.5,
    inputMin: 0.97,
    inputMax: 1.03,
    moveMax: 0.005,
    deadBand: 0.005,
    noiseSigma: 0.01,
    outlierSigma: 5,
  };
}

function projectedRangeNm(asked: IonRecipe, energyKeV: number): number {
  const modelledKeV = Math.min(Math.max(energyKeV, ENERGY_KEV_MODELLED.min), ENERGY_KEV_MODELLED.max);
  return implantedProfile({ ...asked, energyKeV: modelledKeV }, asked.dosePerCm2).moments.projectedRangeNm;
}

const ENERGY_KEV_MODELLED = { min: 1, max: 200 } as const;

function scaled(
  wire: Readonly<Record<string, unknown>>,
  field: string,
  factor: number,
): Record<string, unknown> {
  return { ...wire, [field]: Number((Number(wire[field]) * factor).toPrecision(7)) };
}
