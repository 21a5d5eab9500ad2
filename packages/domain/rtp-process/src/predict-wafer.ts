import type { VirtualMetrologyRules, WaferPrediction } from '@spectra/run-engine';
import type { NamedNumbers } from '@spectra/schemas';
import { annealProfile } from '@spectra/thermal-physics';
import type { AnnealOutcome, TemperatureHistory } from '@spectra/thermal-physics';
import { ZERO_CELSIUS_K } from './chamber.ts';
import { oxideThicknessNm } from './oxide.ts';
import { doseOf, isKnown, profileOfImplant, profileOfRecord } from './start-profile.ts';
import type { StartProfile } from './start-profile.ts';
import type { RtpRecipe, RtpWaferResult } from './types.ts';

/** Doping of the other type in the substrate, where junctions are read. */
const SUBSTRATE_PER_CM3 = 1e15;

/** Virtual metrology of an anneal: diffusion and activation of the wafer's own implant, and the oxide. */
export const rtpPrediction: VirtualMetrologyRules<RtpRecipe> = {
  predicts: [
    'sheet_resistance_ohm_sq',
    'junction_depth_um',
    'activation_pct',
    'diffusion_depth_um',
    'oxide_thickness_nm',
  ],
  features: ['hottest_c', 'hold_s', 'soak_error_c', 'emissivity', 'ln_dose'],
  family: familyOf,
  planned(recipe, upstream) {
    const start = startOf(recipe, upstream);
    const history = plannedHistory(recipe);
    const { physics } = predictAnneal(recipe, start, history);
    return { physics, features: featuresOf(recipe, start, null) };
  },
};

/** What an anneal made of a wafer, as physics solves it: numbers, and the profiles behind them. */
export function predictAnneal(
  recipe: RtpRecipe,
  start: StartProfile | null,
  history: TemperatureHistory,
): { physics: NamedNumbers; annealed: AnnealOutcome | null } {
  const annealed = start && isKnown(start) ? annealWafer(start, history) : null;
  const sheet = annealed?.sheetResistanceOhmSq ?? null;
  return {
    annealed,
    physics: {
      activation_pct: annealed?.activationPct ?? null,
      diffusion_depth_um: annealed?.diffusionDepthUm ?? null,
      sheet_resistance_ohm_sq: sheet !== null && Number.isFinite(sheet) ? sheet : null,
      junction_depth_um: annealed?.junctionDepthUm.atBackground ?? null,
      oxide_thickness_nm: oxideThicknessNm(recipe, history),
    },
  };
}

/** What a wafer starts from: its recorded implant, else the one that the recipe names. */
export function startOf(
  recipe: RtpRecipe,
  upstream: Readonly<Record<string, unknown>> | null,
): StartProfile | null {
  const named = () => (recipe.implant ? profileOfImplant(recipe.implant, { crystalline: true }) : null);
  return profileOfRecord(upstream) ?? named();
}

/** Features of a wafer; `result` is null before its run. */
export function featuresOf(
  recipe: RtpRecipe,
  start: StartProfile | null,
  result: RtpWaferResult | null,
): WaferPrediction['features'] {
  return {
    hottest_c: hottestC(recipe),
    hold_s: nearHottestS(recipe),
    soak_error_c: result?.soakErrorC ?? 0,
    emissivity: result?.emissivity ?? recipe.emissivity,
    ln_dose: start ? Math.log(Math.max(1, doseOf(start))) : 0,
  };
}

function annealWafer(start: StartProfile, history: TemperatureHistory): AnnealOutcome {
  return annealProfile({
    profile: start.profile,
    backgroundPerCm3: SUBSTRATE_PER_CM3,
    history,
    surface: 'capped',
    damage: true,
  });
}

function plannedHistory({ plan }: RtpRecipe): TemperatureHistory {
  return plan.timeS.map((timeS, i) => ({ timeS, temperatureK: (plan.tempC[i] ?? 0) + ZERO_CELSIUS_K }));
}

/** One family: 50 °C of the hottest target, how long it is held, the ambient, and what was implanted. */
function familyOf(asked: RtpRecipe, upstream: Readonly<Record<string, unknown>> | null): string {
  const heldS = nearHottestS(asked);
  const held = heldS < 2 ? 'spike' : heldS <= 20 ? 'short' : 'long';
  const start = startOf(asked, upstream);
  const dose = start && isKnown(start) ? 10 ** (Math.round(2 * Math.log10(doseOf(start))) / 2) : null;
  const implanted =
    start && dose
      ? `${start.profile.species} ${dose.toExponential(0).replace('e+', 'e')}/cm2`
      : 'no known dopant';
  const ambient = asked.o2FlowSlm > 0 ? 'O2' : 'N2';
  return `${50 * Math.round(hottestC(asked) / 50)} C ${held} ${ambient} ${implanted}`;
}

function hottestC({ segments }: RtpRecipe): number {
  return Math.max(...segments.map((segment) => segment.targetC));
}

/** Planned time within 25 °C of the hottest target. */
function nearHottestS(recipe: RtpRecipe): number {
  const { timeS, tempC } = recipe.plan;
  const nearC = hottestC(recipe) - 25;
  return timeS.reduce((sum, time, i) => {
    const next = timeS[i + 1];
    if (next === undefined) return sum;
    const share = shareAbove(tempC[i] ?? 0, tempC[i + 1] ?? 0, nearC);
    return sum + share * (next - time);
  }, 0);
}

/** Share of a straight line that lies above a level. */
function shareAbove(from: number, to: number, level: number): number {
  const [low, high] = from < to ? [from, to] : [to, from];
  if (low >= level) return 1;
  return high <= level ? 0 : (high - level) / (high - low);
}
