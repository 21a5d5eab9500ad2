import { adviseNextRun, chartPoint } from '@spectra/run-engine';
import type { FinishContext, FinishStep, OutcomeDraft } from '@spectra/run-engine';
import type { NamedNumbers } from '@spectra/schemas';
import { thermalBudget } from '@spectra/thermal-physics';
import type { AnnealOutcome, DopantSpecies, TemperatureHistory } from '@spectra/thermal-physics';
import { annealBudgets } from './anneal-budgets.ts';
import { rtpArtifacts } from './charts.ts';
import { gasStandardLitres } from './gas-use.ts';
import { measuredHistory } from './measured-history.ts';
import { rtpCharts } from './monitoring.ts';
import { featuresOf, predictAnneal, startOf } from './predict-wafer.ts';
import { rtpLoops } from './run-to-run-loops.ts';
import type { StartProfile } from './start-profile.ts';
import type { RtpTypes, RtpWaferResult } from './types.ts';

type Context = FinishContext<RtpTypes>;

/** What happens after the last wafer. */
export const rtpFinish: readonly FinishStep<RtpTypes>[] = [
  { text: 'Evaluating ramps and soaks', progress: 82, compute: evaluate },
  { text: 'Budgeting the uncertainty', progress: 83, compute: annealBudgets },
  { text: 'Predicting the outcome', progress: 85, compute: predict },
  { text: 'Storing artifacts', progress: 90, storesArtifacts: true, compute: rtpArtifacts },
  { text: 'Advising the next run', progress: 95, compute: adviseNextRun<RtpTypes>(rtpLoops) },
];

/** The budget of a run without a known dopant is told for boron, the fastest of the usual ones. */
const BUDGET_SPECIES: DopantSpecies = 'B';

function evaluate(context: Context): Partial<OutcomeDraft> {
  const { results, telemetry } = context;
  const spc = results.flatMap((result) => [
    point('max_overshoot_c', result.overshootC),
    ...(result.soakErrorC === null ? [] : [point('soak_error_c', result.soakErrorC)]),
    ...(result.zoneSpreadC === null ? [] : [point('zone_spread_c', result.zoneSpreadC)]),
  ]);
  const raised = results.reduce((sum, result) => sum + result.spcAlarms, 0);
  const waferMetrics = results.map((result, wafer) => metricsOf(result, measuredHistory(telemetry, wafer)));
  return {
    metrics: { ...worstOf(waferMetrics), gas_standard_litres: gasStandardLitres(telemetry) },
    waferMetrics,
    spc,
    spcAlertsCount: raised + spc.filter((each) => each.rule !== null).length,
  };
}

/** A wafer beyond what the process holds it to counts as an SPC alert. */
function point(parameter: (typeof rtpCharts)[number]['parameter'], value: number) {
  return chartPoint(rtpCharts, parameter, value);
}

function metricsOf(result: RtpWaferResult, history: TemperatureHistory): NamedNumbers {
  const budget = thermalBudget(history, BUDGET_SPECIES);
  return {
    final_temp_c: result.finalC,
    temp_error_c: result.finalC - result.targetC,
    peak_temp_c: result.peakC,
    max_overshoot_c: result.overshootC,
    avg_ramp_error_c: result.meanRampErrorC,
    ramp_fidelity_pct: 100 * (1 - Math.min(1, result.meanRampErrorC / RAMP_ERROR_C_WORTHLESS)),
    soak_error_c: result.soakErrorC,
    soak_stability_c: result.soakSigmaC,
    zone_spread_c: result.zoneSpreadC,
    emissivity_estimate: result.emissivity,
    thermal_budget: budget.equivalentTimeAtPeakS,
    thermal_budget_dt_cm2: budget.dtCm2,
  };
}

/** A mean error of this size on the ramps counts as no fidelity at all. */
const RAMP_ERROR_C_WORTHLESS = 50;

/** Of each metric the value that is furthest from zero on any wafer: a run is as good as its worst wafer. */
function worstOf(wafers: readonly NamedNumbers[]): NamedNumbers {
  const first = wafers[0] ?? {};
  return Object.fromEntries(
    Object.keys(first).map((name) => {
      const known = wafers.map((wafer) => wafer[name]).filter((value) => typeof value === 'number');
      if (known.length === 0) return [name, null];
      if (name === 'ramp_fidelity_pct') return [name, Math.min(...known)];
      return [name, known.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most))];
    }),
  );
}

/** Solves diffusion and activation of each wafer's own implant over its own measured temperature. */
function predict(context: Context): Partial<OutcomeDraft> {
  const { recipe, results, telemetry, upstream } = context;
  const wafers = results.map((result, wafer) => {
    const start = startOf(recipe, upstream[wafer] ?? null);
    const predicted = predictAnneal(recipe, start, measuredHistory(telemetry, wafer));
    return { start, ...predicted, features: featuresOf(recipe, start, result) };
  });
  return {
    virtualMetrology: mean(wafers.map(({ physics }) => physics)),
    waferPredictions: wafers.map(({ physics, features }) => ({ physics, features })),
    waferRecords: wafers.map(waferRecord),
  };
}

function mean(wafers: readonly NamedNumbers[]): NamedNumbers {
  return Object.fromEntries(
    Object.keys(wafers[0] ?? {}).map((name) => {
      const known = wafers.map((wafer) => wafer[name]).filter((value) => typeof value === 'number');
      return [name, known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length];
    }),
  );
}

/** What the next process finds: the annealed profile, and what was predicted from what. */
function waferRecord(wafer: {
  start: StartProfile | null;
  annealed: AnnealOutcome | null;
  physics: NamedNumbers;
}): Record<string, unknown> {
  const { start, annealed, physics } = wafer;
  const short = (values: readonly number[]) => values.map((value) => Number(value.toPrecision(6)));
  return {
    prediction: physics,
    profile_source: start?.source ?? 'none',
    ...(start && annealed
      ? {
          dopant: start.profile.species,
          depth_nm: short(annealed.depthNm),
          initial_cm3: short(annealed.initialPerCm3),
          concentration_cm3: short(annealed.totalPerCm3),
          active_cm3: short(annealed.activePerCm3),
        }
      : {}),
  };
}
