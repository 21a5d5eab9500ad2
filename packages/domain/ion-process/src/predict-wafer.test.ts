import { ionRecipeSchema } from '@spectra/schemas';
import { expect, test } from 'vitest';
import { ionProcess } from './ion-process.ts';

const recipe = (change: Record<string, unknown> = {}) => {
  const wire = ionRecipeSchema.parse({
    species: 'B',
    energy_kev: 20,
    dose_atoms_cm2: 1e15,
    beam_current_ma: 5,
    scan_speed_mm_s: 50,
    ...change,
  });
  const parsed = ionProcess.recipe.parse(wire);
  if (!parsed.ok) throw new Error(parsed.refusal.detail);
  return { wire, recipe: parsed.value.recipe };
};
const { virtualMetrology, runToRun, metrology } = ionProcess;
const family = (change: Record<string, unknown>) => virtualMetrology.family(recipe(change).recipe, null);

test('a family is species, energy, dose and tilt in buckets; a few per cent of dose change none of them', () => {
  expect(family({})).toBe('B 18 keV 1e15/cm2 tilted');
  expect(family({ dose_atoms_cm2: 1.05e15 })).toBe(family({}));
  for (const other of [{ species: 'P' }, { energy_kev: 40 }, { dose_atoms_cm2: 1e14 }, { tilt_deg: 0 }]) {
    expect(family(other)).not.toBe(family({}));
  }
});

test('a plan is predicted with every promised parameter and feature', () => {
  const planned = virtualMetrology.planned(recipe().recipe, null);
  expect(Object.keys(planned.physics).toSorted()).toEqual([...virtualMetrology.predicts].toSorted());
  expect(Object.keys(planned.features).toSorted()).toEqual([...virtualMetrology.features].toSorted());
  for (const value of Object.values(planned.features)) expect(Number.isFinite(value)).toBe(true);
  expect(planned.physics['sheet_resistance_ohm_sq']).toBeGreaterThan(50);
});

test('what is predicted and steered can be measured', () => {
  const measured = metrology.map(({ parameter }) => parameter);
  expect(measured).toEqual(expect.arrayContaining([...virtualMetrology.predicts]));
  expect(measured).toEqual(expect.arrayContaining(runToRun.map((loop) => loop.measuredBy)));
});

test('a loop puts its input where it says, and its output is linear in the measurement', () => {
  const { wire, recipe: asked } = recipe();
  for (const loop of runToRun) {
    const settings = loop.settings(asked);
    if (!settings) throw new Error(`${loop.id} steers nothing`);
    for (const input of [settings.inputMin, loop.neutralInput, settings.inputMax]) {
      const used = ionProcess.recipe.parse(loop.apply(wire, input));
      if (!used.ok) throw new Error(used.refusal.detail);
      expect(loop.steered(used.value.recipe, loop.neutralInput) / loop.steered(asked, input)).toBeCloseTo(
        1,
        6,
      );
    }
    const [one, two, three] = [1, 2, 3].map((value) => loop.outputOf(asked, value)) as [
      number,
      number,
      number,
    ];
    expect((three - two) / (two - one)).toBeCloseTo(1, 9);
  }
});

test('the energy loop knows how the range grows with energy', () => {
  const loop = runToRun.find(({ id }) => id === 'energy');
  const asked = recipe().recipe;
  const nominal = virtualMetrology.planned(asked, null).physics['projected_range_nm'] ?? 0;
  expect(loop?.outputOf(asked, nominal)).toBeCloseTo(1, 12);
  expect(loop?.settings(asked)?.modelGain).toBeGreaterThan(0.7);
  expect(loop?.settings(asked)?.modelGain).toBeLessThan(1.1);
});
