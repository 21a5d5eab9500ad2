import { adviseRun, checkRunToRun, initialRunToRunState, restartRunToRun } from '@spectra/control';
import type { RunToRunSettings, RunToRunState, RunToRunWeights } from '@spectra/control';
import { ionProcess } from '@spectra/ion-process';
import { simulateRun } from '@spectra/run-engine';
import { rootMeanSquare, rounded } from './figures.ts';
import { drawsAt } from './random-draws.ts';

/** 500 lots of one recipe on one tool whose Faraday cup drifts, with one way of steering. */
export type LotSeries = {
  name: string;
  /** True dose against the target, lot by lot. */
  errorPct: number[];
  rmsPct: number;
  largestPct: number;
};

/** Settings of a run-to-run thread and whether they may be used. */
export type SettingsCheck = {
  weights: RunToRunWeights;
  gainRatio: number;
  refused: string | null;
  /** Error of lot 60 after a first error of 1, in a loop that uses the settings all the same. */
  errorAfter60: number;
};

export const LOT_COUNT = 500;
const MAINTENANCE_EVERY = 125;
/** Cup gain lost or won from lot to lot, its chance part, and the metrology's noise; all relative. */
const DRIFT = { perLot: 1.6e-4, sigma: 4e-4 } as const;
const PROCESS_SIGMA = 5e-4;
const METROLOGY_SIGMA = 1e-3;
const RECIPE = {
  species: 'P',
  energy_kev: 60,
  dose_atoms_cm2: 2e13,
  beam_current_ma: 1,
  scan_speed_mm_s: 60,
};
const SEED = 4711;

/** Dose thread as the ion process has it. */
const THREAD: RunToRunSettings = {
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

const STEERINGS: readonly { name: string; weights: RunToRunWeights | null }[] = [
  { name: 'no control', weights: null },
  { name: 'EWMA, λ = 0.3', weights: { lambda1: 0.3, lambda2: 0 } },
  { name: 'double EWMA, λ = 0.3, 0.1', weights: { lambda1: 0.3, lambda2: 0.1 } },
];

/** Every way of steering over the same lots: each lot is a simulated implant, measured after it. */
export function lotSeries(count: number = LOT_COUNT): LotSeries[] {
  const drift = cupDrift(count);
  return STEERINGS.map(({ name, weights }) => {
    const errorPct = steered(weights, drift).map((error) => rounded(100 * error, 4));
    return {
      name,
      errorPct,
      rmsPct: rounded(rootMeanSquare(errorPct), 4),
      largestPct: rounded(Math.max(...errorPct.map(Math.abs)), 4),
    };
  });
}

/** Relative miscount of the cup; maintenance brings it back to zero. */
function cupDrift(count: number): number[] {
  let miscount = 0;
  return Array.from({ length: count }, (_, lot) => {
    const draws = drawsAt(SEED, lot);
    miscount = lot % MAINTENANCE_EVERY === 0 ? 0 : miscount - DRIFT.perLot + DRIFT.sigma * draws.normal();
    return Math.max(-0.035, Math.min(0.035, miscount));
  });
}

function steered(weights: RunToRunWeights | null, drift: readonly number[]): number[] {
  const settings = { ...THREAD, weights: weights ?? THREAD.weights };
  let state: RunToRunState = initialRunToRunState(settings, 1);
  return drift.map((miscount, lot) => {
    const draws = drawsAt(SEED + 1, lot);
    if (lot > 0 && lot % MAINTENANCE_EVERY === 0) state = restartRunToRun(state);
    const input = weights ? state.input : 1;
    const dose = implantedDose(input, miscount, lot) * (1 + PROCESS_SIGMA * draws.normal());
    const measured = dose * (1 + METROLOGY_SIGMA * draws.normal());
    state = adviseRun(settings, state, { input, measured }).state;
    return dose - 1;
  });
}

/** True dose of a lot's wafer, relative to the target, when the recipe's dose is scaled and the cup miscounts. */
function implantedDose(input: number, miscount: number, lot: number): number {
  const body = { ...RECIPE, dose_atoms_cm2: RECIPE.dose_atoms_cm2 * input };
  const parsed = ionProcess.recipe.parse(body);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.refusal));
  const faults = [{ kind: 'faraday_mismatch', at_s: 0, magnitude: miscount }];
  const run = simulateRun(
    { ...ionProcess, finish: [] },
    {
      recipe: parsed.value.recipe,
      wafers: [{ wafer_id: 'W1', slot: 1 }],
      seed: lot,
      simulator: { noise_scale: 1, faults },
    },
  );
  if (run.status !== 'completed') throw new Error(`lot ${lot} was tripped`);
  return (run.journals[0]?.['true_dose_atoms_cm2'] ?? Number.NaN) / RECIPE.dose_atoms_cm2;
}

const ASKED: readonly { weights: RunToRunWeights; gainRatio: number }[] = [
  { weights: { lambda1: 0.3, lambda2: 0 }, gainRatio: 1.5 },
  { weights: { lambda1: 1, lambda2: 0 }, gainRatio: 1.9 },
  { weights: { lambda1: 1, lambda2: 0 }, gainRatio: 2.1 },
  { weights: { lambda1: 0.7, lambda2: 0 }, gainRatio: 3 },
  { weights: { lambda1: 0, lambda2: 0 }, gainRatio: 1 },
  { weights: { lambda1: 0.3, lambda2: 0.1 }, gainRatio: 1.5 },
  { weights: { lambda1: 0.9, lambda2: 0.8 }, gainRatio: 1.5 },
];

/** Settings on both sides of 0 < λξ < 2, and what becomes of a loop with each of them. */
export function settingsChecks(): SettingsCheck[] {
  return ASKED.map(({ weights, gainRatio }) => {
    const check = checkRunToRun({ ...THREAD, weights, gainRatioMax: gainRatio });
    return {
      weights,
      gainRatio,
      refused: check.ok ? null : check.detail,
      errorAfter60: unguarded(weights, gainRatio),
    };
  });
}

/** A plain EWMA or double EWMA without guards. */
function unguarded({ lambda1, lambda2 }: RunToRunWeights, gainRatio: number): number {
  let [level, trend, input, error] = [0, 0, 0, 1];
  for (let lot = 0; lot < 60; lot += 1) {
    error = 1 + gainRatio * input;
    const seen = error - input;
    trend = lambda2 * (seen - level) + (1 - lambda2) * trend;
    level = lambda1 * seen + (1 - lambda1) * level;
    input = -level - trend;
  }
  return Number(Math.abs(error).toPrecision(3));
}
