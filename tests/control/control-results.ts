import { readFileSync } from 'node:fs';
import { annealFigures } from './anneal-figures.ts';
import type { AnnealFigures } from './anneal-figures.ts';
import { IMPLANT_COUNT, implantAt } from './implants.ts';
import type { ImplantFigures } from './implants.ts';
import { reachCases } from './reachability.ts';
import type { ReachCase } from './reachability.ts';
import { CONTROLLERS, PLANTS, RECIPES } from './rtp-cases.ts';
import type { ControllerName } from './rtp-cases.ts';
import { seedSpreads } from './seed-spread.ts';
import type { SeedSpread } from './seed-spread.ts';
import { lotSeries, settingsChecks } from './run-to-run-lots.ts';
import type { LotSeries, SettingsCheck } from './run-to-run-lots.ts';
import { heldBackWafers, vmFigures } from './virtual-metrology-wafers.ts';
import type { HeldBack, VmFigures } from './virtual-metrology-wafers.ts';
import { watchAnneal } from './watched-anneal.ts';

/** One anneal of the comparison; recipe and plant by their place in the lists. */
export type AnnealCell = { recipe: number; plant: number; controller: ControllerName } & AnnealFigures;

/** Everything that the page shows. It is kept beside the page, so that the page can be checked in seconds. */
export type ControlResults = {
  anneals: AnnealCell[];
  seeds: SeedSpread[];
  reach: ReachCase[];
  implants: ImplantFigures[];
  lots: LotSeries[];
  settings: SettingsCheck[];
  metrology: VmFigures[];
  heldBack: HeldBack[];
};

/** Wafers in the pool behind the picture of virtual metrology. */
export const PICTURE_POOL = 110;
const RESULTS_FILE = 'control/results.json';

/** Simulates all of it anew, about a minute. */
export function computeResults(): ControlResults {
  return {
    anneals: annealCells([...RECIPES.keys()], [...PLANTS.keys()]),
    seeds: seedSpreads(),
    reach: reachCases(),
    implants: Array.from({ length: IMPLANT_COUNT }, (_, place) => implantAt(place)),
    lots: lotSeries(),
    settings: settingsChecks(),
    metrology: vmFigures(),
    heldBack: heldBackWafers('sheet resistance', PICTURE_POOL),
  };
}

/** The chosen recipes on the chosen plants, with both controllers. */
export function annealCells(recipes: readonly number[], plants: readonly number[]): AnnealCell[] {
  return recipes.flatMap((recipe) =>
    plants.flatMap((plant) =>
      CONTROLLERS.map((controller) => {
        const body = { ...RECIPES[recipe]?.body, controller_type: controller };
        const faults = PLANTS[plant]?.faults ?? [];
        return { recipe, plant, controller, ...annealFigures(watchAnneal(body, { faults })) };
      }),
    ),
  );
}

/** The results as text by file name below `docs`, one entry a line so that a change can be read. */
export function resultsFile(results: ControlResults): [string, string] {
  const parts = Object.entries(results).map(
    ([name, list]) =>
      `${JSON.stringify(name)}: [\n${list.map((each) => JSON.stringify(each)).join(',\n')}\n]`,
  );
  return [RESULTS_FILE, `{\n${parts.join(',\n')}\n}\n`];
}

/** The results that the page was made from. */
export function readResults(docs: URL): ControlResults {
  return JSON.parse(readFileSync(new URL(RESULTS_FILE, docs), 'utf8')) as ControlResults;
}
