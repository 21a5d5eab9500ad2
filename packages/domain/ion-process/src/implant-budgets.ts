import { BEAM_ENERGY } from '@spectra/ion-physics';
import type { FinishContext, OutcomeDraft } from '@spectra/run-engine';
import {
  budgetAnswer,
  calibrationSource,
  meanOfSeries,
  ofStandardDeviation,
  rectangular,
  uncertaintyBudget,
} from '@spectra/uncertainty';
import type { UncertaintyBudget, UncertaintySource } from '@spectra/uncertainty';
import { planBeam } from './beam-plan.ts';
import { sitesOnWafer } from './dose-map.ts';
import { implantedProfile } from './implanted-wafer.ts';
import { TOOL } from './tool.ts';
import type { IonRecipe, IonTypes, IonWaferResult } from './types.ts';

type Context = Pick<
  FinishContext<IonTypes>,
  'recipe' | 'results' | 'telemetry' | 'calibrationUncertaintyPct'
>;

/** Half-widths that stand in for calibrations whose record tells none, in per cent of the reading. */
const USUAL_PCT = { cup: 0.5, gauge: 10, probe: 0.25 } as const;
/** Half-widths of what no calibration covers, relative. */
const LIMITS = {
  crossSection: 0.2,
  electronSuppression: 0.002,
  scannedArea: 0.001,
  cupReading: 0.002,
} as const;
/** The travelling cup measures each column of the scan with this noise, in per cent. */
const COLUMN_NOISE_PCT = 0.1;
const TILT_DEG = 0.1;

/** Budgets of what an implant is judged by: dose, uniformity and range, with the tool's own calibrations. */
export function implantBudgets(context: Context): Partial<OutcomeDraft> {
  const budgets = {
    final_dose_atoms_cm2: doseBudget(context),
    dose_uniformity_pct: uniformityBudget(context),
    projected_range_nm: rangeBudget(context),
  };
  return {
    uncertainty: Object.fromEntries(
      Object.entries(budgets).map(([name, budget]) => [name, budgetAnswer(budget)]),
    ),
  };
}

/**
 * Dose D = f Q exp(K p)/(n e A): ∂D/∂ln f = D, ∂D/∂ln p = ∂D/∂ln K = D K p, ∂D/∂ln A = −D, and by tilt −D tan θ.
 * f calibration factor of the cup, Q charge, K charge-exchange constant (1/Torr), p pressure (Torr), A scanned area (cm²),
 * θ tilt. Source: equation of `stepDoseIntegrator`. Worked value: 10¹⁵ cm⁻² at 2·10⁻⁶ Torr (K p = 0.97 %) and 7°, cup
 * certified to 0.4 % (k = 2), readings of 0.01 %: u_c = 0.2692 %, U = 0.54 %.
 */
export function doseBudget(context: Context): UncertaintyBudget {
  const { recipe, results, calibrationUncertaintyPct: pct } = context;
  const value = mean(results.map((result) => result.dosePerCm2));
  const exchange = TOOL.exchangePerTorr * mean(results.map((result) => result.meanPressureTorr));
  return uncertaintyBudget({ quantity: 'mean dose of the wafers', unit: 'atoms/cm²', value }, [
    calibrationSource({
      name: 'Faraday cup',
      expandedPct: pct['beam_current_integrator'],
      usualPct: USUAL_PCT.cup,
      sensitivity: value,
    }),
    currentReadings(context, value),
    calibrationSource({
      name: 'pressure in the correction for neutrals',
      expandedPct: pct['vacuum_gauge'],
      usualPct: USUAL_PCT.gauge,
      sensitivity: value * exchange,
    }),
    limits('charge-exchange cross section', LIMITS.crossSection, {
      sensitivity: value * exchange,
      source: 'spread of published cross sections',
    }),
    limits('electron suppression of the cup', LIMITS.electronSuppression, {
      sensitivity: value,
      source: 'Ryssel & Ruge, Ion Implantation (1986), 5.3',
    }),
    limits('scanned area', LIMITS.scannedArea, { sensitivity: -value, source: 'stage and scan amplitude' }),
    {
      ...limits('tilt', 0, { sensitivity: 0, source: 'tilt axis, ±0.1°' }),
      standardUncertainty: rectangular(TILT_DEG),
      unit: '°',
      sensitivity: (-value * Math.tan((Math.min(recipe.tiltDeg, 85) * Math.PI) / 180) * Math.PI) / 180,
    },
  ]);
}

/** The scatter of the cup's readings while the beam was on the wafer; what the beam itself did is in it, so it is a bound. */
function currentReadings({ telemetry }: Context, sensitivity: number): UncertaintySource {
  const current = telemetry.channels['beam_current_ma'] ?? [];
  const rate = telemetry.channels['dose_rate'] ?? [];
  const lit = current.filter((reading, i) => reading !== null && (rate[i] ?? 0) > 0);
  const found = meanOfSeries(lit.filter((reading) => reading !== null));
  if (found === null || !(found.value > 0)) {
    const source = 'no readings at hand: noise of the electronics';
    return limits('current readings', LIMITS.cupReading, { sensitivity, source });
  }
  return {
    name: 'current readings',
    type: 'A',
    distribution: 'normal',
    standardUncertainty: found.standardUncertainty / found.value,
    unit: '1',
    sensitivity,
    degreesOfFreedom: found.degreesOfFreedom,
    source: `scatter of ${lit.length} readings of this run`,
  };
}

/** One sigma of the dose map of the least even wafer: how many sites it rests on, and the noise that its columns bring. */
function uniformityBudget({ recipe, results }: Context): UncertaintyBudget {
  const worst = results.reduce((a, b) => (b.uniformityPct > a.uniformityPct ? b : a));
  const value = worst.uniformityPct;
  const sites = sitesOf(worst, recipe);
  const sampled = ofStandardDeviation(value, sites);
  // σ² = σ_true² + noise²: at most this much of what was seen is noise.
  const noise = value - Math.sqrt(Math.max(0, value ** 2 - COLUMN_NOISE_PCT ** 2));
  return uncertaintyBudget({ quantity: 'dose uniformity, 1σ, worst wafer', unit: '%', value }, [
    {
      name: 'sites of the dose map',
      type: 'A',
      distribution: 'normal',
      standardUncertainty: sampled.standardUncertainty,
      unit: '%',
      sensitivity: 1,
      degreesOfFreedom: sampled.degreesOfFreedom,
      source: `${sites} sites, taken as independent`,
    },
    {
      ...limits('noise of the column measurement', noise, { sensitivity: 1, source: '0.1 % of each column' }),
      unit: '%',
    },
  ]);
}

function sitesOf(result: IonWaferResult, recipe: IonRecipe): number {
  return sitesOnWafer(result.doseMapPerCm2, { recipe, scan: planBeam(recipe).settings });
}

/** The range of the recipe; its energy is as well known as the analysing field that lets the ions pass: δE/E = 2 δB/B. */
function rangeBudget({ recipe, results, calibrationUncertaintyPct: pct }: Context): UncertaintyBudget {
  const dose = mean(results.map((result) => result.dosePerCm2));
  const { projectedRange } = implantedProfile(recipe, dose).uncertainty;
  const { quantity, unit, value, components } = projectedRange;
  return uncertaintyBudget(
    { quantity, unit, value },
    components.map((component) =>
      component.name === BEAM_ENERGY
        ? calibrationSource({
            name: `${BEAM_ENERGY} by the analysing field`,
            expandedPct: pct['analyzer_magnet_probe'],
            usualPct: USUAL_PCT.probe,
            sensitivity: 2 * component.sensitivity,
          })
        : component,
    ),
  );
}

function limits(
  name: string,
  halfWidth: number,
  { sensitivity, source }: Pick<UncertaintySource, 'sensitivity' | 'source'>,
): UncertaintySource {
  return {
    name,
    type: 'B',
    distribution: 'rectangular',
    standardUncertainty: rectangular(halfWidth),
    unit: '1',
    sensitivity,
    degreesOfFreedom: Infinity,
    source,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
