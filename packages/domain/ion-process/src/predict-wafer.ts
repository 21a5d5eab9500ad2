import type { VirtualMetrologyRules, WaferPrediction } from '@spectra/run-engine';
import { planBeam } from './beam-plan.ts';
import { annealedOutcome, implantedProfile } from './implanted-wafer.ts';
import type { IonRecipe, IonWaferResult } from './types.ts';

/** Virtual metrology of an implant: depth profile of the dose, then the usual activation anneal. */
export const ionPrediction: VirtualMetrologyRules<IonRecipe> = {
  predicts: [
    'sheet_resistance_ohm_sq',
    'junction_depth_um',
    'activation_pct',
    'projected_range_nm',
    'dose_atoms_cm2',
  ],
  features: ['ln_dose', 'ln_energy', 'tilt_deg', 'beam_current_ma', 'dose_error_pct'],
  family: familyOf,
  planned: (recipe) =>
    prediction(recipe, {
      dosePerCm2: recipe.dosePerCm2,
      beamCurrentMa: planBeam(recipe).beamCurrentMa,
      doseErrorPct: 0,
    }),
};

/** What physics says of a wafer that was implanted. */
export function predictWafer(recipe: IonRecipe, result: IonWaferResult): WaferPrediction {
  return prediction(recipe, {
    dosePerCm2: result.dosePerCm2,
    beamCurrentMa: result.meanBeamCurrentMa,
    doseErrorPct: result.doseErrorPct,
  });
}

function prediction(
  recipe: IonRecipe,
  wafer: { dosePerCm2: number; beamCurrentMa: number; doseErrorPct: number },
): WaferPrediction {
  const profile = implantedProfile(recipe, wafer.dosePerCm2);
  const annealed = annealedOutcome(recipe, profile);
  const sheet = annealed?.sheetResistanceOhmSq ?? Infinity;
  return {
    physics: {
      sheet_resistance_ohm_sq: Number.isFinite(sheet) ? sheet : null,
      junction_depth_um: annealed?.junctionDepthUm.atBackground ?? null,
      activation_pct: annealed?.activationPct ?? null,
      projected_range_nm: profile.moments.projectedRangeNm,
      dose_atoms_cm2: wafer.dosePerCm2,
    },
    features: {
      ln_dose: Math.log(wafer.dosePerCm2),
      ln_energy: Math.log(recipe.energyKeV),
      tilt_deg: recipe.tiltDeg,
      beam_current_ma: wafer.beamCurrentMa,
      dose_error_pct: wafer.doseErrorPct,
    },
  };
}

/** One family: species, a quarter of a decade of energy, half a decade of dose, and how the channels lie. */
function familyOf(asked: IonRecipe): string {
  const energyKeV = 10 ** (Math.round(4 * Math.log10(asked.energyKeV)) / 4);
  const dosePerCm2 = 10 ** (Math.round(2 * Math.log10(asked.dosePerCm2)) / 2);
  const tilt = asked.tiltDeg < 3 ? 'along channels' : asked.tiltDeg <= 15 ? 'tilted' : 'steep';
  const dose = dosePerCm2.toExponential(0).replace('e+', 'e');
  return `${asked.species} ${Number(energyKeV.toPrecision(2))} keV ${dose}/cm2 ${tilt}`;
}
