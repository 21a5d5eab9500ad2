import { anneal } from '@spectra/rtp-process';
import { annealRequestSchema } from '@spectra/schemas';
import { fitVmCorrection, judgeCorrection, predictVm } from '@spectra/spc';
import type { MeasuredWafer } from '@spectra/spc';
import { mean, quantile, rootMeanSquare, rounded } from './figures.ts';
import { drawsAt } from './random-draws.ts';

const OUTPUTS = ['sheet resistance', 'junction depth'] as const;
export type Output = (typeof OUTPUTS)[number];

/** How well held-back wafers are predicted, over many lots of learning wafers. */
export type VmFigures = {
  output: Output;
  unit: string;
  tool: string;
  /** Root mean square error on held-back wafers, physics alone and corrected (median over the trials). */
  physicsRmse: number;
  correctedRmse: number;
  /** Share of the error that the correction takes away: median, and the worst trial. */
  gainPct: number;
  worstGainPct: number;
  /** Share of held-back wafers within their 90 % interval, over all trials; the lowest and highest trial. */
  coveragePct: number;
  lowestCoveragePct: number;
  highestCoveragePct: number;
  /** Trials in which the held-back errors let the correction out of shadow, and those of them it made worse. */
  activated: number;
  activatedAndWorse: number;
};

/** One wafer as recorded, as physics predicts it and as metrology finds it. */
type Wafer = { features: number[]; predicted: Record<Output, number>; measured: Record<Output, number> };

export const LEARNING_WAFERS = 30;
export const POOL = 240;
export const TRIALS = 40;
const SEED = 90;
const UNITS: Record<Output, string> = { 'sheet resistance': 'Ω/sq', 'junction depth': 'nm' };
/** One sigma of the metrology, relative: four-point probe and SIMS. */
const METROLOGY: Record<Output, number> = { 'sheet resistance': 0.01, 'junction depth': 0.015 };

/** What a tool hides from its records: the wafer is hotter and gets more dose than they say. */
const TOOLS = [
  { name: 'hidden offset', offsetC: 9, perEmissivityC: 30, doseShare: 0.02 },
  { name: 'nothing hidden', offsetC: 0, perEmissivityC: 0, doseShare: 0 },
] as const;

/** Learns from 30 wafers at a time and predicts the others, for every output and tool. */
export function vmFigures(pool: number = POOL, trials: number = TRIALS): VmFigures[] {
  return TOOLS.flatMap((tool) => {
    const wafers = Array.from({ length: pool }, (_, place) => waferAt(place, tool));
    return OUTPUTS.map((output) => judged(wafers, { output, tool: tool.name, trials }));
  });
}

/** Held-back wafers of one trial on the tool that hides an offset. */
export type HeldBack = { measured: number; physics: number; corrected: number };

/** The held-back wafers of the first trial, for a picture and for a quick second look. */
export function heldBackWafers(output: Output, pool: number): HeldBack[] {
  const wafers = Array.from({ length: pool }, (_, place) => waferAt(place, TOOLS[0]));
  const { learnt, held } = split(wafers, output, 0);
  const fit = fitVmCorrection(learnt);
  if (!fit.ok) throw new Error(fit.reason);
  return held.map((wafer) => ({
    measured: rounded(wafer.measured, 3),
    physics: rounded(wafer.physics, 3),
    corrected: rounded(predictVm(fit.value, wafer, 0.9).value, 3),
  }));
}

function judged(
  wafers: readonly Wafer[],
  about: { output: Output; tool: string; trials: number },
): VmFigures {
  const { output, tool, trials } = about;
  const results = Array.from({ length: trials }, (_, trial) => tried(split(wafers, output, trial)));
  const gains = results.map(({ physics, corrected }) => 100 * (1 - corrected / physics));
  const coverages = results.map(({ covered }) => 100 * covered);
  const active = results.filter(({ better }) => better);
  const median = (values: readonly number[]) => rounded(quantile(values, 0.5), 3);
  return {
    output,
    unit: UNITS[output],
    tool,
    physicsRmse: median(results.map(({ physics }) => physics)),
    correctedRmse: median(results.map(({ corrected }) => corrected)),
    gainPct: rounded(quantile(gains, 0.5), 1),
    worstGainPct: rounded(Math.min(...gains), 1),
    coveragePct: rounded(mean(coverages), 1),
    lowestCoveragePct: rounded(Math.min(...coverages), 1),
    highestCoveragePct: rounded(Math.max(...coverages), 1),
    activated: active.length,
    activatedAndWorse: active.filter(({ physics, corrected }) => corrected > physics).length,
  };
}

function tried({ learnt, held }: { learnt: MeasuredWafer[]; held: MeasuredWafer[] }) {
  const fit = fitVmCorrection(learnt);
  if (!fit.ok) throw new Error(fit.reason);
  const predictions = held.map((wafer) => ({ wafer, ...predictVm(fit.value, wafer, 0.9) }));
  const inside = predictions.filter(
    ({ wafer, low, high }) => wafer.measured >= low && wafer.measured <= high,
  );
  return {
    physics: rootMeanSquare(held.map((wafer) => wafer.physics - wafer.measured)),
    corrected: rootMeanSquare(predictions.map(({ wafer, value }) => value - wafer.measured)),
    covered: inside.length / held.length,
    better: judgeCorrection(fit.heldBack).proven,
  };
}

/** Thirty wafers by chance to learn from; the rest is held back. */
function split(wafers: readonly Wafer[], output: Output, trial: number) {
  const draws = drawsAt(SEED + 1, trial);
  const shuffled = wafers
    .map((wafer) => ({ wafer, order: draws.uniform(0, 1) }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ wafer }) => ({
      features: wafer.features,
      physics: wafer.predicted[output],
      measured: wafer.measured[output],
    }));
  return { learnt: shuffled.slice(0, LEARNING_WAFERS), held: shuffled.slice(LEARNING_WAFERS) };
}

function waferAt(place: number, tool: (typeof TOOLS)[number]): Wafer {
  const draws = drawsAt(SEED, place);
  const soakC = draws.uniform(985, 1015);
  const soakS = draws.uniform(8, 14);
  const dosePerCm2 = 1e15 * draws.uniform(0.95, 1.05);
  const emissivity = draws.uniform(0.6, 0.76);
  const hiddenC = tool.offsetC + tool.perEmissivityC * (emissivity - 0.68);
  const predicted = physics({ soakC, soakS, dosePerCm2 });
  const made = physics({
    soakC: soakC + hiddenC,
    soakS,
    dosePerCm2: dosePerCm2 * (1 + tool.doseShare),
  });
  const measured = (output: Output) => made[output] * (1 + METROLOGY[output] * draws.normal());
  return {
    features: [soakC, soakS, dosePerCm2 / 1e15, emissivity],
    predicted,
    measured: {
      'sheet resistance': measured('sheet resistance'),
      'junction depth': measured('junction depth'),
    },
  };
}

/** The physics chain: boron of 10 keV, annealed. */
function physics(wafer: { soakC: number; soakS: number; dosePerCm2: number }): Record<Output, number> {
  const request = annealRequestSchema.parse({
    implant: { species: 'B', energy_kev: 10, dose_atoms_cm2: wafer.dosePerCm2 },
    thermal: { temp_c: wafer.soakC, time_s: wafer.soakS },
  });
  const answer = anneal(request);
  if (!answer.ok) throw new Error(JSON.stringify(answer.refusal));
  const { sheet_resistance_ohm_sq: sheet, junction_depth_um: junctions } = answer.value;
  return {
    'sheet resistance': sheet ?? Number.NaN,
    'junction depth': 1000 * (junctions.at_1e18 ?? Number.NaN),
  };
}
