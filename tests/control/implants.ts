import { DOSE_TOLERANCE_SHARE, ionProcess } from '@spectra/ion-process';
import type { IonRecipe } from '@spectra/ion-process';
import { simulateRun } from '@spectra/run-engine';
import type { SimulatorFault } from '@spectra/schemas';
import { rounded } from './figures.ts';
import { drawsAt } from './random-draws.ts';
import type { Draws } from './random-draws.ts';

/** How the beam of an implant behaves, beyond the noise that all of them have. */
export const BEAMS = ['nominal', 'drift', 'glitches', 'drift and glitches'] as const;

/** One implant of the 200, by its place in the list. */
export type ImplantFigures = {
  place: number;
  beam: (typeof BEAMS)[number];
  recipe: string;
  toolTimeS: number;
  status: 'completed' | 'tripped';
  /** What really arrived, against the recipe; and the same as the controller counted it. */
  trueErrorPct: number;
  countedErrorPct: number;
  uniformityPct: number;
  glitches: number;
};

export const IMPLANT_COUNT = 200;
/** Recipes that take longer are drawn again: the table shall cover the range, not wait for it. */
export const TOOL_TIME_S_MAX = 600;
export const TOLERANCE_PCT = 100 * DOSE_TOLERANCE_SHARE;
const SEED = 20_260;

/** One implant: recipe by chance over the whole range, noise, and a beam that drifts or fails. */
export function implantAt(place: number): ImplantFigures {
  const draws = drawsAt(SEED, place);
  const { recipe, toolTimeS } = drawRecipe(draws);
  const beam = BEAMS[place % BEAMS.length] ?? 'nominal';
  const faults = [
    ...(beam.includes('drift') ? [drift(draws, toolTimeS)] : []),
    ...(beam.includes('glitches') ? glitches(draws, toolTimeS) : []),
  ];
  const run = simulateRun(
    { ...ionProcess, finish: [] },
    { recipe, wafers: [{ wafer_id: 'W1', slot: 1 }], seed: place, simulator: { noise_scale: 1, faults } },
  );
  const [result] = run.results;
  const trueDose = run.journals[0]?.['true_dose_atoms_cm2'] ?? Number.NaN;
  return {
    place,
    beam,
    recipe: `${recipe.species} ${recipe.energyKeV.toFixed(1)} keV ${recipe.dosePerCm2.toExponential(1)}/cm² ${recipe.tiltDeg.toFixed(0)}° ${recipe.beamCurrentMa.toPrecision(2)} mA ${recipe.waferDiameterMm} mm`,
    toolTimeS: rounded(run.telemetry.timeS.at(-1) ?? 0, 1),
    status: run.status,
    trueErrorPct: rounded(100 * (trueDose / recipe.dosePerCm2 - 1), 5),
    countedErrorPct: rounded(result?.doseErrorPct ?? Number.NaN, 5),
    uniformityPct: rounded(result?.uniformityPct ?? Number.NaN, 4),
    glitches: result?.glitches ?? 0,
  };
}

function drawRecipe(draws: Draws): { recipe: IonRecipe; toolTimeS: number } {
  for (;;) {
    const parsed = ionProcess.recipe.parse({
      species: draws.pick(['B', 'P', 'As', 'BF2', 'In', 'Sb']),
      energy_kev: 10 ** draws.uniform(0, Math.log10(200)),
      dose_atoms_cm2: Math.min(1e16, 10 ** draws.uniform(11, 16)),
      tilt_deg: draws.uniform(0, 60),
      twist_deg: draws.uniform(0, 90),
      beam_current_ma: Math.min(50, 10 ** draws.uniform(-1, 1.7)),
      scan_speed_mm_s: draws.uniform(1, 100),
      wafer_diameter_mm: draws.pick([150, 200, 300]),
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.refusal));
    const { recipe } = parsed.value;
    const toolTimeS = ionProcess.recipe.estimateToolTimeS(recipe, 1);
    if (toolTimeS <= TOOL_TIME_S_MAX) return { recipe, toolTimeS };
  }
}

/** Up to 15 % of the beam, lost or gained over the implant. */
function drift(draws: Draws, toolTimeS: number): SimulatorFault {
  return { kind: 'beam_drift', at_s: draws.uniform(0, 5), magnitude: draws.uniform(-0.15, 0.15) / toolTimeS };
}

/** One to five failures of up to two seconds, on top of those that the noise brings. */
function glitches(draws: Draws, toolTimeS: number): SimulatorFault[] {
  const count = Math.floor(draws.uniform(1, 6));
  return Array.from({ length: count }, () => ({
    kind: 'beam_glitch',
    at_s: draws.uniform(4, toolTimeS),
    duration_s: draws.uniform(0.05, 2),
  }));
}
