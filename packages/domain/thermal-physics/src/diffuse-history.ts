import type { DepthGrid } from './depth-grid.ts';
import { createDiffusionWorkspace, type DiffusionWorkspace, diffuseStep } from './diffusion-step.ts';
import { DIFFUSION_TEMPERATURE_MIN_K, diffusionTermsAt } from './diffusivity.ts';
import type { DopantSpecies } from './dopant-species.ts';
import { activationLaw } from './equilibrium-activation.ts';
import { BOLTZMANN_EV_PER_K } from './physical-constants.ts';
import type { TemperatureHistory } from './temperature-history.ts';
import { annealDamage, type DamageState } from './transient-enhancement.ts';

/** One diffusion problem: a profile on a grid and what happens to it. */
export type DiffusionProblem = {
  grid: DepthGrid;
  initial: Float64Array;
  species: DopantSpecies;
  backgroundPerCm3: number;
  history: TemperatureHistory;
  surface: 'bare' | 'capped';
  /** Implant damage to anneal out, or null for equilibrium point defects. */
  damage: DamageState | null;
  /** 1 is the usual time error; smaller is finer. */
  timeTolerance: number;
};

/**
 * Carries a profile through a temperature history with adaptive steps.
 *
 * Every step is taken once whole and once in two halves; the difference estimates the error, and
 * 2 C_half - C_whole is second order. Both conserve the dose, so does their combination. A step that leaves a
 * negative concentration is retried shorter. Source: Deuflhard, Numer. Math. 41 (1983) 399 (extrapolated
 * linearly implicit Euler).
 */
export function diffuseHistory(problem: DiffusionProblem): { total: Float64Array; steps: number } {
  const run = startRun(problem);
  const endS = problem.history.at(-1)?.timeS ?? 0;
  while (run.timeS < endS) {
    const limitS = stepLimitS(problem.history, run, endS);
    if (limitS.cold) {
      run.timeS = limitS.untilS;
      continue;
    }
    advance(problem, run, limitS.untilS);
  }
  return { total: run.concentration, steps: run.steps };
}

/** Weighted error allowed per step; weights are relative to the local concentration. */
const STEP_TOLERANCE = 0.005;

/** Temperature change a single step may span. */
const STEP_SPAN_K = 15;

/** First step; the controller grows it at once where nothing happens. */
const FIRST_STEP_S = 0.05;

/** A step this short that still fails means a defect, not a hard problem. */
const STEP_MIN_S = 1e-9;

type Run = {
  timeS: number;
  stepS: number;
  /** Index of the history sample at or before `timeS`. */
  sample: number;
  steps: number;
  concentration: Float64Array;
  whole: Float64Array;
  middle: Float64Array;
  halves: Float64Array;
  floor: number;
  damage: DamageState | null;
  work: DiffusionWorkspace;
};

function startRun(problem: DiffusionProblem): Run {
  const array = () => new Float64Array(problem.initial.length);
  const peak = problem.initial.reduce((most, value) => Math.max(most, value), 0);
  return {
    timeS: problem.history[0]?.timeS ?? 0,
    stepS: FIRST_STEP_S,
    sample: 0,
    steps: 0,
    concentration: Float64Array.from(problem.initial),
    whole: array(),
    middle: array(),
    halves: array(),
    floor: Math.max(0.05 * problem.backgroundPerCm3, 1e-9 * peak, 1),
    damage: problem.damage,
    work: createDiffusionWorkspace(problem.grid),
  };
}

/** How far the next step may go: to the end of a cold stretch, or until the temperature has moved too much. */
function stepLimitS(history: TemperatureHistory, run: Run, endS: number): { untilS: number; cold: boolean } {
  while (run.sample < history.length - 2 && (history[run.sample + 1]?.timeS ?? Infinity) <= run.timeS) {
    run.sample += 1;
  }
  const hereK = temperatureAt(history, run.sample, run.timeS);
  const next = history[run.sample + 1];
  if (next === undefined) return { untilS: endS, cold: true };
  if (hereK < DIFFUSION_TEMPERATURE_MIN_K && next.temperatureK < DIFFUSION_TEMPERATURE_MIN_K) {
    return { untilS: next.timeS, cold: true };
  }
  const wantedS = Math.min(endS, run.timeS + run.stepS);
  const limitS = Math.min(wantedS, spanLimitS(history, run, { hereK, wantedS }));
  // Never a step too short to move the clock: two crossings may fall on nearly the same instant.
  const soonestS = run.timeS + Math.max(STEP_MIN_S, 1e-12 * Math.abs(run.timeS));
  return { untilS: Math.max(limitS, soonestS), cold: false };
}

/** First time after now at which the history has moved by the span from where it is; Infinity if not in reach. */
function spanLimitS(
  history: TemperatureHistory,
  run: Run,
  reach: { hereK: number; wantedS: number },
): number {
  let fromS = run.timeS;
  let fromK = reach.hereK;
  for (let i = run.sample + 1; i < history.length && fromS < reach.wantedS; i += 1) {
    const to = history[i];
    if (to === undefined) break;
    const movedK = to.temperatureK - reach.hereK;
    if (Math.abs(movedK) > STEP_SPAN_K) {
      const edgeK = reach.hereK + Math.sign(movedK) * STEP_SPAN_K;
      return fromS + ((to.timeS - fromS) * (edgeK - fromK)) / (to.temperatureK - fromK);
    }
    fromS = to.timeS;
    fromK = to.temperatureK;
  }
  return Number.POSITIVE_INFINITY;
}

function temperatureAt(history: TemperatureHistory, from: number, timeS: number): number {
  let i = from;
  while (i < history.length - 2 && (history[i + 1]?.timeS ?? Infinity) < timeS) i += 1;
  const a = history[i];
  const b = history[i + 1];
  if (a === undefined) return 0;
  if (b === undefined || b.timeS === a.timeS) return a.temperatureK;
  const share = Math.min(1, Math.max(0, (timeS - a.timeS) / (b.timeS - a.timeS)));
  return a.temperatureK + share * (b.temperatureK - a.temperatureK);
}

/** Takes one accepted step that ends at `untilS` or earlier. */
function advance(problem: DiffusionProblem, run: Run, untilS: number): void {
  let dtS = untilS - run.timeS;
  for (;;) {
    const damageWhole = solve(problem, run, { from: run.concentration, to: run.whole, dtS, offsetS: 0 });
    const half = dtS / 2;
    const damageMiddle = solve(problem, run, {
      from: run.concentration,
      to: run.middle,
      dtS: half,
      offsetS: 0,
    });
    const before = run.damage;
    run.damage = damageMiddle;
    const damageEnd = solve(problem, run, { from: run.middle, to: run.halves, dtS: half, offsetS: half });
    run.damage = before;
    const error = combine(run) / (STEP_TOLERANCE * problem.timeTolerance);
    if (error <= 1) {
      run.damage = damageWhole === null ? null : damageEnd;
      run.timeS += dtS;
      run.stepS = dtS * Math.min(5, 0.85 / Math.sqrt(Math.max(error, 1e-4)));
      run.steps += 1;
      const spent = run.concentration;
      run.concentration = run.halves;
      run.halves = spent;
      return;
    }
    dtS *= Number.isFinite(error) ? Math.max(0.2, 0.85 / Math.sqrt(error)) : 0.25;
    if (dtS < 0.01 * STEP_MIN_S) throw new Error(`Diffusion step fell to ${dtS} s at ${run.timeS} s`);
  }
}

/** Replaces `halves` by the extrapolated result and answers the weighted error; Infinity if anything is negative. */
function combine(run: Run): number {
  const { whole, halves, floor } = run;
  let worst = 0;
  for (let i = 0; i < halves.length; i += 1) {
    const fine = halves[i] ?? 0;
    const difference = fine - (whole[i] ?? 0);
    const result = fine + difference;
    // Deep in the substrate round-off may leave a few atoms per cm3 below zero: less than one counts as zero.
    if (result < 0) {
      if (result < -1e-12 * floor) return Infinity;
      halves[i] = 0;
    } else {
      halves[i] = result;
    }
    worst = Math.max(worst, Math.abs(difference) / (fine + floor));
  }
  return worst;
}

function solve(
  problem: DiffusionProblem,
  run: Run,
  step: { from: Float64Array; to: Float64Array; dtS: number; offsetS: number },
): DamageState | null {
  const temperatureK = Math.max(
    DIFFUSION_TEMPERATURE_MIN_K,
    temperatureAt(problem.history, run.sample, run.timeS + step.offsetS + step.dtS / 2),
  );
  const damaged =
    run.damage === null ? null : annealDamage(run.damage, problem.species, temperatureK, step.dtS);
  const terms = diffusionTermsAt(problem.species, temperatureK);
  const intrinsicCm2PerS = terms[0] + terms[1] + terms[2];
  diffuseStep(
    problem.grid,
    run.work,
    {
      law: activationLaw(problem.species, temperatureK),
      terms,
      enhancedCm2PerS: intrinsicCm2PerS * ((damaged?.enhancement ?? 1) - 1),
      backgroundPerCm3: problem.backgroundPerCm3,
      surfaceLossCmPerS: problem.surface === 'bare' ? surfaceLoss(problem.species, temperatureK) : 0,
    },
    step,
  );
  return damaged?.damage ?? null;
}

/** Speed at which dopant leaves a bare surface: prefactor (cm/s) and activation energy (eV). */
const SURFACE_LOSS: Record<DopantSpecies, readonly [number, number]> = {
  Sb: [2.5e-3, 1.04],
  As: [1.5, 1.99],
  P: [1.5, 1.99],
  B: [27.9, 2.48],
  In: [27.9, 2.48],
};

function surfaceLoss(species: DopantSpecies, temperatureK: number): number {
  const [factor, energyEV] = SURFACE_LOSS[species];
  return factor * Math.exp(-energyEV / (BOLTZMANN_EV_PER_K * temperatureK));
}
