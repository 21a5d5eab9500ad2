import type { RecipeRules } from '@spectra/run-engine';
import {
  accept,
  fieldErrors,
  ionRecipeFields,
  ionRecipeSchema,
  numberRanges,
  refuse,
} from '@spectra/schemas';
import type { IonRecipe as WireRecipe, RunWarning } from '@spectra/schemas';
import { planBeam } from './beam-plan.ts';
import type { BeamPlan } from './beam-plan.ts';
import { TOOL } from './tool.ts';
import type { IonRecipe } from './types.ts';

/** Loading, pumping, beam set-up and unloading of one wafer. */
const WAFER_OVERHEAD_S = 6;

const { species: _species, ...boundable } = ionRecipeFields;

/** What an implant recipe may be, what to warn of, and how long it takes. */
export const ionRecipeRules: RecipeRules<IonRecipe> = {
  parse(body) {
    const parsed = ionRecipeSchema.safeParse(body);
    if (!parsed.success) {
      return refuse('validation_failed', 'the implant recipe is not valid', fieldErrors(parsed.error, body));
    }
    return accept({ wire: parsed.data, recipe: fromWire(parsed.data) });
  },
  warnings,
  limitRanges: numberRanges(boundable),
  limitValues(recipe) {
    const exactly = (value: number) => ({ lowest: value, highest: value });
    return {
      energy_kev: exactly(recipe.energyKeV),
      dose_atoms_cm2: exactly(recipe.dosePerCm2),
      tilt_deg: exactly(recipe.tiltDeg),
      twist_deg: exactly(recipe.twistDeg),
      beam_current_ma: exactly(recipe.beamCurrentMa),
      scan_speed_mm_s: exactly(recipe.scanSpeedMmPerS),
      wafer_diameter_mm: exactly(recipe.waferDiameterMm),
    };
  },
  estimateToolTimeS(recipe, waferCount) {
    return waferCount * (planBeam(recipe).scan.beamOnS + WAFER_OVERHEAD_S);
  },
};

function fromWire(wire: WireRecipe): IonRecipe {
  return {
    species: wire.species,
    energyKeV: wire.energy_kev,
    dosePerCm2: wire.dose_atoms_cm2,
    tiltDeg: wire.tilt_deg,
    twistDeg: wire.twist_deg,
    beamCurrentMa: wire.beam_current_ma,
    scanSpeedMmPerS: wire.scan_speed_mm_s,
    waferDiameterMm: wire.wafer_diameter_mm,
  };
}

function warnings(recipe: IonRecipe): RunWarning[] {
  const plan = planBeam(recipe);
  return [...currentWarning(recipe, plan), ...speedWarning(recipe, plan), ...tiltWarnings(recipe)];
}

const REASONS = {
  source: `the source gives at most ${TOOL.beamCurrentMaMax} mA`,
  wafer_heating: `more would heat the wafer above ${TOOL.waferTempCPlanned} °C`,
  dose: `more would pass the dose in fewer strokes than an even implant needs at ${TOOL.stageSpeedMmPerSMax} mm/s`,
} as const;

function currentWarning(recipe: IonRecipe, plan: BeamPlan): RunWarning[] {
  if (plan.currentLimit === 'recipe') return [];
  const present = Number(plan.beamCurrentMa.toPrecision(3));
  return [
    {
      code: 'beam_current_lowered',
      path: 'beam_current_ma',
      message: `the beam runs at ${present} mA instead of ${recipe.beamCurrentMa} mA: ${REASONS[plan.currentLimit]}`,
    },
  ];
}

/** Strokes come in whole numbers, so a small change of speed is no news. */
function speedWarning(recipe: IonRecipe, plan: BeamPlan): RunWarning[] {
  const ratio = plan.scan.speedMmPerS / recipe.scanSpeedMmPerS;
  if (ratio < 1.25 && ratio > 0.8) return [];
  const speed = plan.scan.speedMmPerS.toFixed(1);
  return [
    {
      code: 'scan_speed_changed',
      path: 'scan_speed_mm_s',
      message: `the stage moves at ${speed} mm/s instead of ${recipe.scanSpeedMmPerS} mm/s, so that ${plan.scan.passes} whole strokes give the dose`,
    },
  ];
}

function tiltWarnings(recipe: IonRecipe): RunWarning[] {
  if (recipe.tiltDeg <= TOOL.compensatedTiltDegMax) return [];
  return [
    {
      code: 'grazing_tilt',
      path: 'tilt_deg',
      message: `beyond ${TOOL.compensatedTiltDegMax}° the dose is not corrected for tilt any more: less than the setpoint arrives per cm² of surface`,
    },
  ];
}
