import { adviseNextRun, chartPoint } from '@spectra/run-engine';
import type { FinishContext, FinishStep, OutcomeDraft } from '@spectra/run-engine';
import type { NamedNumbers } from '@spectra/schemas';
import { ionArtifacts, doseMapArtifacts } from './charts.ts';
import { implantBudgets } from './implant-budgets.ts';
import {
  annealedOutcome,
  ASSUMED_ANNEAL,
  dopantSpecies,
  implantedProfile,
  SUBSTRATE_PER_CM3,
} from './implanted-wafer.ts';
import { ionCharts } from './monitoring.ts';
import { predictWafer } from './predict-wafer.ts';
import { ionLoops } from './run-to-run-loops.ts';
import type { IonTypes, IonWaferResult } from './types.ts';

type Context = FinishContext<IonTypes>;

/** What happens after the last wafer. */
export const ionFinish: readonly FinishStep<IonTypes>[] = [
  { text: 'Checking dose and uniformity', progress: 83, compute: checkRun },
  { text: 'Budgeting the uncertainty', progress: 84, compute: implantBudgets },
  { text: 'Recording the 2-D dose profile', progress: 85, compute: doseMapArtifacts },
  { text: 'Predicting the outcome', progress: 90, compute: predict },
  { text: 'Advising the next run', progress: 92, compute: adviseNextRun<IonTypes>(ionLoops) },
  { text: 'Storing artifacts', progress: 95, storesArtifacts: true, compute: ionArtifacts },
];

function checkRun(context: Context): Partial<OutcomeDraft> {
  const { results, recipe } = context;
  const spc = results.flatMap((result) => [
    point('dose_error_pct', result.doseErrorPct),
    point('dose_uniformity_pct', result.uniformityPct),
  ]);
  const raised = results.reduce((sum, result) => sum + result.spcAlarms + result.driftAlarms, 0);
  const meanDose = mean(results.map((result) => result.dosePerCm2));
  return {
    metrics: {
      final_dose_atoms_cm2: meanDose,
      dose_error_pct: 100 * (meanDose / recipe.dosePerCm2 - 1),
      dose_error_worst_wafer_pct: worst(results.map((result) => result.doseErrorPct)),
      dose_uniformity_pct: Math.max(...results.map((result) => result.uniformityPct)),
      mean_beam_current_ma: mean(results.map((result) => result.meanBeamCurrentMa)),
      beam_time_s: results.reduce((sum, result) => sum + result.beamTimeS, 0),
      beam_glitches: results.reduce((sum, result) => sum + result.glitches, 0),
      strokes_per_wafer: mean(results.map((result) => result.passes)),
      peak_wafer_temp_c: Math.max(...results.map((result) => result.peakTempC)),
      mean_process_pressure_torr: mean(results.map((result) => result.meanPressureTorr)),
    },
    waferMetrics: results.map(waferMetrics),
    spc,
    spcAlertsCount: raised + spc.filter((each) => each.rule !== null).length,
  };
}

/** A wafer beyond what the process holds it to counts as an SPC alert. */
function point(parameter: (typeof ionCharts)[number]['parameter'], value: number) {
  return chartPoint(ionCharts, parameter, value);
}

function waferMetrics(result: IonWaferResult): NamedNumbers {
  return {
    final_dose_atoms_cm2: result.dosePerCm2,
    dose_error_pct: result.doseErrorPct,
    dose_uniformity_pct: result.uniformityPct,
    mean_beam_current_ma: result.meanBeamCurrentMa,
    beam_time_s: result.beamTimeS,
    beam_glitches: result.glitches,
    peak_wafer_temp_c: result.peakTempC,
  };
}

/** Virtual metrology from the physics chain, for the mean wafer; and each wafer's record for the next process. */
function predict(context: Context): Partial<OutcomeDraft> {
  const { recipe, results } = context;
  const meanDose = mean(results.map((result) => result.dosePerCm2));
  const annealed = annealedOutcome(recipe, implantedProfile(recipe, meanDose));
  const sheet = annealed?.sheetResistanceOhmSq ?? Infinity;
  return {
    virtualMetrology: {
      sheet_resistance_ohm_sq: Number.isFinite(sheet) ? sheet : null,
      junction_depth_um: annealed?.junctionDepthUm.atBackground ?? null,
      activation_pct: annealed?.activationPct ?? null,
      assumed_anneal_temp_c: ASSUMED_ANNEAL.tempC,
      assumed_anneal_time_s: ASSUMED_ANNEAL.timeS,
      assumed_substrate_cm3: SUBSTRATE_PER_CM3,
    },
    waferPredictions: results.map((result) => predictWafer(recipe, result)),
    waferRecords: results.map((result) => waferRecord(context, result)),
  };
}

/** What the anneal of this wafer starts from: its actual dose and the profile that follows from it. */
function waferRecord({ recipe }: Context, result: IonWaferResult): Record<string, unknown> {
  const profile = implantedProfile(recipe, result.dosePerCm2);
  const { damage } = profile;
  return {
    species: recipe.species,
    dopant: dopantSpecies(recipe),
    energy_kev: recipe.energyKeV,
    dose_atoms_cm2: result.dosePerCm2,
    retained_dose_cm2: profile.retainedDosePerCm2,
    tilt_deg: recipe.tiltDeg,
    twist_deg: recipe.twistDeg,
    depth_nm: Array.from(profile.depthNm, (value) => Number(value.toPrecision(7))),
    concentration_cm3: Array.from(profile.concentrationPerCm3, (value) => Number(value.toPrecision(7))),
    damage: {
      amorphous: damage.amorphous,
      amorphous_depth_nm: damage.amorphousDepthNm,
      peak_defects_cm3: damage.peakDefectsPerCm3,
    },
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function worst(values: readonly number[]): number {
  return values.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
}
