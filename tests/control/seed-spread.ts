import { annealFigures } from './anneal-figures.ts';
import { quantile, rounded } from './figures.ts';
import { CONTROLLERS, PLANTS, RECIPES } from './rtp-cases.ts';
import type { ControllerName } from './rtp-cases.ts';
import { watchAnneal } from './watched-anneal.ts';

/** One plant over many seeds: other noise, and other offsets of the thermocouples. */
export type SeedSpread = {
  plant: number;
  controller: ControllerName;
  completed: number;
  overshootC: { median: number; worst: number };
  /** Sizes. */
  steadyErrorC: { median: number; worst: number };
  zoneSpreadC: { median: number; worst: number };
};

export const SEEDS = 20;

/** The recipe that the goals are stated for, on the nominal plant and those with one disturbance. */
export function seedSpreads(seeds: number = SEEDS): SeedSpread[] {
  return PLANTS.flatMap(({ goal, faults }, plant) => {
    if (goal !== 'nominal' && goal !== 'robust') return [];
    return CONTROLLERS.map((controller): SeedSpread => {
      const body = { ...RECIPES[0]?.body, controller_type: controller };
      const runs = Array.from({ length: seeds }, (_, i) =>
        annealFigures(watchAnneal(body, { faults, seed: i + 1 })),
      );
      return {
        plant,
        controller,
        completed: runs.filter(({ status }) => status === 'completed').length,
        overshootC: summary(runs.map(({ overshootC }) => overshootC)),
        steadyErrorC: summary(runs.map(({ steadyErrorC }) => Math.abs(steadyErrorC ?? Number.NaN))),
        zoneSpreadC: summary(runs.map(({ zoneSpreadC }) => zoneSpreadC ?? Number.NaN)),
      };
    });
  });
}

function summary(values: readonly number[]): { median: number; worst: number } {
  return { median: rounded(quantile(values, 0.5), 3), worst: rounded(Math.max(...values), 3) };
}
