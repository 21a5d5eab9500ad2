import { rtpProcess } from '@spectra/rtp-process';
import type { RtpPlant, RtpRecipe } from '@spectra/rtp-process';
import { mean, rounded } from './figures.ts';
import { CONTROLLERS } from './rtp-cases.ts';
import type { ControllerName } from './rtp-cases.ts';
import { watchAnneal } from './watched-anneal.ts';
import type { WatchedAnneal } from './watched-anneal.ts';

/** A ramp that may be too fast, what was said of it before the run, and what the run then did. */
export type ReachCase = {
  name: string;
  controller: ControllerName;
  askedCPerS: number;
  /** The warnings on ramps, as they are told at submit. */
  warnings: string[];
  /** Slowest rate that the warning promises, and what the chamber does in that range with lamps full on or off. */
  told: { slowestCPerS: number; fromC: number; toC: number } | null;
  chamberCPerS: number | null;
  status: 'completed' | 'tripped';
  /** Mean and fastest rate of the true wafer between 10 % and 90 % of the ramp. */
  meanCPerS: number;
  fastestCPerS: number;
  /** Largest distance between the true wafer and its setpoint on the ramp. */
  largestErrorC: number;
  peakAboveTargetC: number;
};

const hold = { target_temp_c: 650, duration_s: 30, ramp_rate_c_s: 50 };
const spike = (target: number, rate: number) => ({
  kind: 'spike',
  target_temp_c: target,
  duration_s: 2,
  ramp_rate_c_s: rate,
});
const down = (kind: string, target: number, rate: number) => ({
  kind,
  target_temp_c: target,
  duration_s: 2,
  ramp_rate_c_s: rate,
});
const hot = (target: number) => ({ target_temp_c: target, duration_s: 25, ramp_rate_c_s: 75 });

const CASES = [
  { name: '650 → 1050 °C at 100 °C/s', segments: [hold, spike(1050, 100)], ramp: 1 },
  { name: '650 → 1050 °C at 200 °C/s', segments: [hold, spike(1050, 200)], ramp: 1 },
  { name: '650 → 1050 °C at 250 °C/s', segments: [hold, spike(1050, 250)], ramp: 1 },
  { name: '650 → 1200 °C at 250 °C/s', segments: [hold, spike(1200, 250)], ramp: 1 },
  { name: '25 → 1100 °C at 250 °C/s', segments: [spike(1100, 250)], ramp: 0 },
  { name: '1050 → 800 °C at 30 °C/s', segments: [hot(1050), down('normal', 800, 30)], ramp: 1 },
  { name: '1050 → 600 °C at 50 °C/s', segments: [hot(1050), down('normal', 600, 50)], ramp: 1 },
  { name: '1050 → 500 °C at 90 °C/s', segments: [hot(1050), down('spike', 500, 90)], ramp: 1 },
  {
    name: '900 → 400 °C at 40 °C/s, 10 Torr',
    segments: [hot(900), down('normal', 400, 40)],
    ramp: 1,
    more: { pressure_torr: 10, n2_flow_slm: 2 },
  },
] as const;

/** Asks for ramps within and beyond the chamber's reach, with both controllers. */
export function reachCases(controllers: readonly ControllerName[] = CONTROLLERS): ReachCase[] {
  return CASES.flatMap((each) =>
    controllers.map((controller) => {
      const more = 'more' in each ? each.more : {};
      const anneal = watchAnneal({ segments: each.segments, ...more, controller_type: controller });
      return { name: each.name, controller, ...judged(anneal, each.ramp) };
    }),
  );
}

/** The run behind a case, for its picture. */
export function spikeRun(controller: ControllerName): WatchedAnneal {
  const segments = [hold, spike(1050, 250), { ...down('spike', 600, 80), duration_s: 8 }];
  return watchAnneal({ segments, controller_type: controller });
}

/** Cooling faster than the chamber can, for its picture. */
export function coolingRun(controller: ControllerName): WatchedAnneal {
  return watchAnneal({ segments: [hot(1050), down('spike', 500, 90)], controller_type: controller });
}

function judged(anneal: WatchedAnneal, ramp: number): Omit<ReachCase, 'name' | 'controller'> {
  const planned = anneal.recipe.plan.segments[ramp];
  if (planned === undefined) throw new Error(`the recipe has no segment ${ramp}`);
  const { startS, reachedS, fromC, targetC, limited } = planned;
  const trueC = anneal.zonesC.map((zones) => mean(zones));
  const at = (timeS: number) => Math.round(timeS / 0.1);
  const frames = trueC.map((_, i) => i).slice(at(startS), at(reachedS) + 5);
  const share = (i: number) => ((trueC[i] ?? fromC) - fromC) / (targetC - fromC);
  const first = frames.find((i) => share(i) >= 0.1) ?? 0;
  const last = frames.find((i) => share(i) >= 0.9) ?? Number.NaN;
  const rate = (from: number, to: number) =>
    Math.abs((trueC[to] ?? 0) - (trueC[from] ?? 0)) / ((to - from) * 0.1);
  const between = frames.filter((i) => i > first && i <= last);
  return {
    askedCPerS: planned.askedCPerS,
    warnings: anneal.warnings.flatMap(({ code, message }) => (code === 'ramp_unreachable' ? [message] : [])),
    told: limited && {
      slowestCPerS: rounded(limited.slowestCPerS, 2),
      fromC: rounded(limited.fromC, 0),
      toC: rounded(limited.toC, 0),
    },
    chamberCPerS:
      limited && rounded((targetC > fromC ? slowestHeating : slowestCooling)(anneal.recipe, limited), 2),
    status: anneal.run.status,
    meanCPerS: rounded(rate(first, last), 2),
    fastestCPerS: rounded(Math.max(...between.map((i) => rate(i - 1, i))), 2),
    largestErrorC: rounded(
      Math.max(...frames.map((i) => Math.abs((trueC[i] ?? 0) - (anneal.setpointC[i] ?? trueC[i] ?? 0)))),
      3,
    ),
    peakAboveTargetC: rounded(Math.max(0, Math.max(...trueC) - Math.max(fromC, targetC)), 3),
  };
}

type Range = { fromC: number; toC: number };

/** Slowest rate of the bare chamber in a range of temperature, lamps full on. */
function slowestHeating(recipe: RtpRecipe, range: Range): number {
  const advance = bareChamber(recipe);
  const pathC = [advance(100)];
  while ((pathC.at(-1) ?? Infinity) < range.fromC) pathC.push(advance(100));
  return slowestRate(pathC, range);
}

/** The same for a chamber that was heated beyond the range, its lamps dark: the filaments die above the range. */
function slowestCooling(recipe: RtpRecipe, range: Range): number {
  const advance = bareChamber(recipe);
  while (advance(100) < range.fromC + ABOVE_C);
  const pathC = [advance(0)];
  while ((pathC.at(-1) ?? -Infinity) > range.toC) pathC.push(advance(0));
  return slowestRate(pathC, range);
}

const ABOVE_C = 100;
const STEP_S = 0.1;

/** The chamber without controller: takes a lamp power for a tenth of a second, gives the wafer's temperature. */
function bareChamber(recipe: RtpRecipe): (powerPct: number) => number {
  const simulator = { noise_scale: 0, faults: [] };
  let plant: RtpPlant = rtpProcess.plant.loadWafer({ recipe, waferIndex: 0, seed: 1, simulator });
  const { n2FlowSlm, o2FlowSlm, pressureTorr } = recipe;
  return (powerPct) => {
    const lampPowerPct = plant.readings.lampPowerPct.map(() => powerPct);
    const setpoints = { lampPowerPct, n2FlowSlm, o2FlowSlm, pressureTorr };
    plant = rtpProcess.plant.advance(plant, setpoints, STEP_S).plant;
    return mean(plant.chamber.waferTemperatureK) - 273.15;
  };
}

function slowestRate(pathC: readonly number[], range: Range): number {
  const inside = (tempC: number) => tempC >= range.toC && tempC <= range.fromC;
  const rates = pathC.flatMap((nowC, i) => {
    const beforeC = pathC[i - 1];
    return beforeC !== undefined && inside(nowC) && inside(beforeC)
      ? [Math.abs(nowC - beforeC) / STEP_S]
      : [];
  });
  return Math.min(...rates);
}
