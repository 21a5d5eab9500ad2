import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderReport } from './control-report.ts';
import { annealCells, PICTURE_POOL, readResults } from './control-results.ts';
import type { ControlResults } from './control-results.ts';
import { brokenGoals, goals, SPIKE } from './goals.ts';
import { IMPLANT_COUNT, implantAt } from './implants.ts';
import { reachCases } from './reachability.ts';
import { PLANTS, RECIPES } from './rtp-cases.ts';
import { LOT_COUNT, lotSeries, settingsChecks } from './run-to-run-lots.ts';
import { seedSpreads } from './seed-spread.ts';
import { heldBackWafers, vmFigures } from './virtual-metrology-wafers.ts';

const docs = new URL('../../docs/', import.meta.url);
const results = readResults(docs);
const again = 'run `node tests/control/generate-report.ts`';

describe('control', () => {
  test('meets every goal, in every run that was asked for', () => {
    expect(results.anneals).toHaveLength(2 * RECIPES.length * PLANTS.length);
    expect(results.implants).toHaveLength(IMPLANT_COUNT);
    for (const { errorPct } of results.lots) expect(errorPct).toHaveLength(LOT_COUNT);
    expect(goals(results).length).toBeGreaterThan(35);
    expect(brokenGoals(results)).toEqual([]);
  });
});

describe('the committed results are what the code still gives:', () => {
  test('the soak of the goals on all plants, and the spike on three', () => {
    const recomputed = [...annealCells([0], [...PLANTS.keys()]), ...annealCells([SPIKE], [0, 2, 3])];
    for (const cell of recomputed) {
      const { recipe, plant, controller } = cell;
      const kept = results.anneals.find(
        (each) => each.recipe === recipe && each.plant === plant && each.controller === controller,
      );
      expectSame(cell, kept);
    }
  });

  test('ramps within and beyond reach', () => {
    expectSame(
      reachCases(['mpc']),
      results.reach.filter(({ controller }) => controller === 'mpc'),
    );
  });

  test('every tenth implant', () => {
    const places = results.implants.map(({ place }) => place).filter((place) => place % 10 < 1);
    for (const place of places) expectSame(implantAt(place), results.implants[place]);
  });

  test('the first 30 lots, and which settings are refused', () => {
    for (const [i, { name, errorPct }] of lotSeries(30).entries()) {
      expect(results.lots[i]?.name).toBe(name);
      expectSame(errorPct, results.lots[i]?.errorPct.slice(0, 30));
    }
    expectSame(settingsChecks(), results.settings);
  });

  test('held-back wafers of virtual metrology', () => {
    expectSame(heldBackWafers('sheet resistance', PICTURE_POOL), results.heldBack);
  });
});

describe('the committed page', () => {
  const files = renderReport(results);

  test('is what the results say, with all its pictures and no others', () => {
    for (const [name, text] of files) {
      const url = new URL(name, docs);
      expect(existsSync(url), `docs/${name} is missing; ${again}`).toBe(true);
      expect(readFileSync(url, 'utf8') === text, `docs/${name} is not what the code gives; ${again}`).toBe(
        true,
      );
    }
    const kept = readdirSync(new URL('control/', docs)).map((name) => `control/${name}`);
    expect(['control.md', ...kept].toSorted()).toEqual([...files.keys()].toSorted());
  });

  test('shows every picture', () => {
    const named = [...(files.get('control.md') ?? '').matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)];
    expect(named.map((match) => match[1] ?? '').toSorted()).toEqual(
      [...files.keys()].filter((name) => name.endsWith('.svg')).toSorted(),
    );
  });
});

describe('a broken goal is found:', () => {
  const changed = (change: (copy: ControlResults) => void) => {
    const copy = structuredClone(results);
    change(copy);
    return brokenGoals(copy);
  };

  test('too much overshoot on a disturbed plant, and a limit cycle', () => {
    const cell = results.anneals.findIndex((each) => each.recipe === 1 && each.plant === 2);
    expect(changed(({ anneals }) => Object.assign(anneals[cell] ?? {}, { overshootC: 5.01 }))).toHaveLength(
      1,
    );
    expect(changed(({ anneals }) => Object.assign(anneals[cell] ?? {}, { limitCycle: true }))).toHaveLength(
      1,
    );
    expect(
      changed(({ anneals }) => Object.assign(anneals[cell] ?? {}, { overshootC: Number.NaN })),
    ).toHaveLength(1);
  });

  test('an overdose, and three implants of 200 off by more than 0.5 %', () => {
    const set = (error: number, count: number) =>
      changed(({ implants }) => {
        for (const implant of implants.slice(0, count)) implant.trueErrorPct = error;
      });
    expect(set(-0.6, 2)).toEqual([]);
    expect(set(-0.6, 3)).toHaveLength(1);
    expect(set(0.51, 1)).toHaveLength(1);
  });

  test('no gain by steering, wrong intervals, a silent warning', () => {
    expect(changed(({ lots }) => Object.assign(lots[1] ?? {}, { rmsPct: lots[0]?.rmsPct }))).toHaveLength(1);
    expect(changed(({ metrology }) => Object.assign(metrology[0] ?? {}, { coveragePct: 96 }))).toHaveLength(
      1,
    );
    const told = results.reach.findIndex((each) => each.told !== null);
    expect(changed(({ reach }) => Object.assign(reach[told] ?? {}, { warnings: [] }))).toHaveLength(1);
  });
});

test('seeds and pools of any size can be judged', () => {
  for (const { completed } of seedSpreads(1)) expect(completed).toBe(1);
  for (const { correctedRmse } of vmFigures(36, 1)) expect(correctedRmse).toBeGreaterThan(0);
});

/** The same but for the last digits, in which machines may differ. */
function expectSame(found: unknown, kept: unknown): void {
  if (typeof found === 'number' && typeof kept === 'number') {
    expect(Math.abs(found - kept), `${found} instead of ${kept}; ${again}`).toBeLessThanOrEqual(
      0.005 + 0.005 * Math.abs(kept),
    );
    return;
  }
  if (typeof found !== 'object' || found === null) {
    expect(found, again).toEqual(kept);
    return;
  }
  expect(Object.keys(found), again).toEqual(Object.keys(kept ?? {}));
  const other = new Map(Object.entries(kept ?? {}));
  for (const [name, value] of Object.entries(found)) expectSame(value, other.get(name));
}
