import { activatedShare, activationTimeS } from './activation-kinetics.ts';
import { buildDepthGrid, type DepthGrid, doseOnGrid, remapProfile } from './depth-grid.ts';
import { diffuseHistory } from './diffuse-history.ts';
import { DIFFUSION_TEMPERATURE_MIN_K, diffusionTermsAt } from './diffusivity.ts';
import type { DopantProfile } from './dopant-species.ts';
import { activationLaw, activeUnchecked } from './equilibrium-activation.ts';
import { junctionDepthUm } from './junction-depth.ts';
import { requireInRange } from './require-in-range.ts';
import { requireDepths, sheetResistanceOhmSq } from './sheet-resistance.ts';
import { peakTemperatureK, requireHistory, type TemperatureHistory } from './temperature-history.ts';
import { type ThermalBudget, thermalBudget } from './thermal-budget.ts';
import { implantDamage } from './transient-enhancement.ts';

/** What is annealed, how hot for how long, and which effects count. */
export type AnnealInput = {
  /** As-implanted profile; the dose is kept exactly when it is moved to the solver's grid. */
  profile: DopantProfile;
  /** Doping of the other type in the substrate. */
  backgroundPerCm3: number;
  history: TemperatureHistory;
  /** `bare` lets dopant leave through the surface, `capped` keeps all of it. */
  surface: 'bare' | 'capped';
  /** True: implant damage speeds up diffusion until it is annealed out (transient enhanced diffusion). */
  damage: boolean;
  /** `kinetic` lets dopants reach lattice sites gradually; default `kinetic` with damage, else `equilibrium`. */
  activation?: 'equilibrium' | 'kinetic';
  /** Finer grid or time error than usual; halving both changes results by less than 0.5 %. */
  resolution?: { gridRefinement?: number; timeTolerance?: number };
};

/** The annealed wafer: profiles on one depth grid and the numbers read off them. */
export type AnnealOutcome = {
  depthNm: number[];
  initialPerCm3: number[];
  totalPerCm3: number[];
  activePerCm3: number[];
  /** Last crossing of each level, null where the profile never reaches it. */
  junctionDepthUm: { atBackground: number | null; at1e17: number | null; at1e18: number | null };
  implantedDosePerCm2: number;
  retainedDosePerCm2: number;
  activeDosePerCm2: number;
  /** Infinity where the profile leaves no carriers above the background. */
  sheetResistanceOhmSq: number;
  /** Active share of the retained dose. */
  activationPct: number;
  /** How much deeper the 1e17 level lies than before the anneal; null if the profile never reached it. */
  diffusionDepthUm: number | null;
  thermalBudget: ThermalBudget;
  /** Time steps the solver took. */
  steps: number;
};

/**
 * Anneals an implanted profile over a temperature history and reads off the electrical result.
 *
 * Solves dC/dt = d/dx[(D/v) d(C_m v)/dx] (see `diffuseStep`) from the as-implanted profile; then active profile
 * (`activeConcentrationPerCm3` at the temperature where it froze in, times the activated share), junction depths
 * (`junctionDepthUm`), doses (finite-volume sums) and sheet resistance (`sheetResistanceOhmSq`).
 * Surface loss h = h_0 e^(-E/kT) cm/s: Sb 2.5e-3, 1.04 eV; As, P 1.5, 1.99 eV; B 27.9, 2.48 eV (SUPREM-IV
 * parameters, Stanford 1993); In as boron. Below 500 degC nothing moves.
 * Range: 2-100 000 depths within 20 µm, concentrations 0-5e22, background 1e10-1e19, history 200-1687 K,
 * initial dose at least 1e9 1/cm2.
 * Worked value: a capped anneal of 10 s at 1000 degC keeps the dose to 1e-9 and a Gaussian of boron at
 * 1e17 peak, 20 nm straggle, widens to sqrt(20^2 + 2 D t) nm.
 */
export function annealProfile(input: AnnealInput): AnnealOutcome {
  requireAnneal(input);
  const { profile, history, backgroundPerCm3 } = input;
  const grid = gridFor(input);
  const initial = remapProfile(grid, profile.depthNm, profile.concentrationPerCm3);
  requireInRange('profile dosePerCm2', doseOnGrid(grid, initial), 1e9, 1e18);
  const result = diffuseHistory({
    grid,
    initial,
    species: profile.species,
    backgroundPerCm3,
    history,
    surface: input.surface,
    damage: input.damage ? damageOf(grid, initial) : null,
    timeTolerance: input.resolution?.timeTolerance ?? 1,
  });
  const share =
    input.activation === 'equilibrium' || (input.activation === undefined && !input.damage)
      ? 1
      : activatedOver(history);
  return readOutcome(input, grid, { initial, total: result.total, share, steps: result.steps });
}

function requireAnneal(input: AnnealInput): void {
  const { profile } = input;
  requireDepths(profile.depthNm, profile.concentrationPerCm3, 'concentrationPerCm3');
  requireInRange('depthNm', profile.depthNm[0] ?? 0, 0, 20_000);
  requireInRange('depthNm', profile.depthNm.at(-1) ?? 0, 1, 20_000);
  for (const value of profile.concentrationPerCm3) requireInRange('concentrationPerCm3', value, 0, 5e22);
  requireInRange('backgroundPerCm3', input.backgroundPerCm3, 1e10, 1e19);
  requireHistory(input.history);
  requireInRange('gridRefinement', input.resolution?.gridRefinement ?? 1, 0.25, 8);
  requireInRange('timeTolerance', input.resolution?.timeTolerance ?? 1, 1e-3, 10);
}

/** Grid fine over the implanted part and deep enough for the fastest diffusion this history can cause. */
function gridFor(input: AnnealInput): DepthGrid {
  const { profile, history } = input;
  const levelPerCm3 = Math.min(1e14, input.backgroundPerCm3) / 10;
  let implantEndNm = profile.depthNm[1] ?? 1;
  let tailEndNm = 0;
  let peakPerCm3 = 0;
  profile.concentrationPerCm3.forEach((value, i) => {
    peakPerCm3 = Math.max(peakPerCm3, value);
    if (value > levelPerCm3) implantEndNm = profile.depthNm[i] ?? implantEndNm;
    if (value > TAIL_LEVEL_PER_CM3) tailEndNm = profile.depthNm[i] ?? tailEndNm;
  });
  const implantEndCm = implantEndNm * 1e-7;
  const budget = thermalBudget(history, profile.species);
  const spreadCm = Math.sqrt(4 * budget.dtCm2 * extrinsicFactor(input, budget.peakTemperatureK, peakPerCm3));
  const damageCm = input.damage ? DAMAGE_REACH_CM : 0;
  const beyondCm = damageCm + 6 * spreadCm + 0.1e-4;
  const reachCm = Math.min(MAX_REACH_CM, Math.max(implantEndCm, tailEndNm * 1e-7) + beyondCm);
  return buildDepthGrid({
    implantEndCm: Math.min(reachCm, implantEndCm + 1.5 * spreadCm),
    reachCm,
    refinement: input.resolution?.gridRefinement ?? 1,
  });
}

/** The grid covers the given profile down to this concentration. */
const TAIL_LEVEL_PER_CM3 = 1e9;

/** Transient enhanced diffusion adds up to a fraction of a micrometre below the implant. */
const DAMAGE_REACH_CM = 1e-4;

/** The grid never goes deeper than this: a quarter of a thin wafer. */
const MAX_REACH_CM = 100e-4;

/** How much faster than intrinsic the dopant spreads at its peak concentration. */
function extrinsicFactor(input: AnnealInput, peakTemperatureK: number, peakPerCm3: number): number {
  if (peakTemperatureK < DIFFUSION_TEMPERATURE_MIN_K) return 1;
  const law = activationLaw(input.profile.species, peakTemperatureK);
  const active = activeUnchecked(law, peakPerCm3, peakPerCm3);
  const v = Math.max(1, active / law.intrinsic);
  const [neutral, single, double] = diffusionTermsAt(input.profile.species, peakTemperatureK);
  return (2 * (neutral + v * (single + v * double))) / (neutral + single + double);
}

function damageOf(grid: DepthGrid, initial: Float64Array) {
  const dosePerCm2 = doseOnGrid(grid, initial);
  let moment = 0;
  initial.forEach((value, i) => {
    moment += value * (grid.cellCm[i] ?? 0) * (grid.depthCm[i] ?? 0);
  });
  const meanNm = (moment / dosePerCm2) * 1e7;
  return implantDamage(dosePerCm2, Math.max(meanNm, 0.1));
}

function activatedOver(history: TemperatureHistory): number {
  let share = 0;
  for (let i = 1; i < history.length; i += 1) {
    const from = history[i - 1];
    const to = history[i];
    if (from === undefined || to === undefined) continue;
    const slices = Math.max(1, Math.ceil(Math.abs(to.temperatureK - from.temperatureK) / 5));
    for (let slice = 0; slice < slices; slice += 1) {
      const at = (slice + 0.5) / slices;
      const temperatureK = from.temperatureK + at * (to.temperatureK - from.temperatureK);
      if (temperatureK >= DIFFUSION_TEMPERATURE_MIN_K)
        share = activatedShare(share, temperatureK, (to.timeS - from.timeS) / slices);
    }
  }
  return share;
}

/**
 * Temperature whose equilibrium the active profile shows: the one it last had time to follow on the way down
 * (one activation time constant before the end), or the peak when the anneal was too short for that.
 */
function freezeTemperatureK(history: TemperatureHistory): number {
  let reactedShare = 0;
  for (let i = history.length - 1; i > 0; i -= 1) {
    const to = history[i];
    const from = history[i - 1];
    if (from === undefined || to === undefined) continue;
    const slices = Math.max(1, Math.ceil(Math.abs(to.temperatureK - from.temperatureK) / 5));
    for (let slice = slices - 1; slice >= 0; slice -= 1) {
      const temperatureK =
        from.temperatureK + ((slice + 0.5) / slices) * (to.temperatureK - from.temperatureK);
      if (temperatureK < DIFFUSION_TEMPERATURE_MIN_K) continue;
      reactedShare += (to.timeS - from.timeS) / slices / activationTimeS(temperatureK);
      if (reactedShare >= 1) return temperatureK;
    }
  }
  return Math.max(DIFFUSION_TEMPERATURE_MIN_K, peakTemperatureK(history));
}

function readOutcome(
  input: AnnealInput,
  grid: DepthGrid,
  solved: { initial: Float64Array; total: Float64Array; share: number; steps: number },
): AnnealOutcome {
  const { species } = input.profile;
  const law = activationLaw(species, freezeTemperatureK(input.history));
  const active = solved.total.map((value) => solved.share * activeUnchecked(law, value, value));
  const depthNm = Array.from(grid.depthCm, (depthCm) => depthCm * 1e7);
  const initialPerCm3 = Array.from(solved.initial);
  const totalPerCm3 = Array.from(solved.total);
  const activePerCm3 = Array.from(active);
  const retainedDosePerCm2 = doseOnGrid(grid, solved.total);
  const activeDosePerCm2 = doseOnGrid(grid, active);
  const at1e17 = junctionDepthUm(depthNm, totalPerCm3, 1e17);
  const before = junctionDepthUm(depthNm, initialPerCm3, 1e17);
  return {
    depthNm,
    initialPerCm3,
    totalPerCm3,
    activePerCm3,
    junctionDepthUm: {
      atBackground: junctionDepthUm(depthNm, totalPerCm3, input.backgroundPerCm3),
      at1e17,
      at1e18: junctionDepthUm(depthNm, totalPerCm3, 1e18),
    },
    implantedDosePerCm2: doseOnGrid(grid, solved.initial),
    retainedDosePerCm2,
    activeDosePerCm2,
    sheetResistanceOhmSq: sheetResistanceOhmSq({
      species,
      depthNm,
      activePerCm3,
      backgroundPerCm3: input.backgroundPerCm3,
    }),
    activationPct: retainedDosePerCm2 > 0 ? (100 * activeDosePerCm2) / retainedDosePerCm2 : 0,
    diffusionDepthUm: at1e17 !== null && before !== null ? at1e17 - before : null,
    thermalBudget: thermalBudget(input.history, species),
    steps: solved.steps,
  };
}
