import { rtpRecipeSchema } from '@spectra/schemas';
import { expect, test } from 'vitest';
import { rtpProcess } from './rtp-process.ts';

const recipe = (change: Record<string, unknown> = {}) => {
  const wire = rtpRecipeSchema.parse({
    segments: [
      { target_temp_c: 1000, duration_s: 15, ramp_rate_c_s: 80 },
      { target_temp_c: 1000, duration_s: 10 },
      { target_temp_c: 600, duration_s: 15 },
    ],
    ion_implant_context: { species: 'B', energy_kev: 20, dose_atoms_cm2: 1e15 },
    ...change,
  });
  const parsed = rtpProcess.recipe.parse(wire);
  if (!parsed.ok) throw new Error(parsed.refusal.detail);
  return { wire, recipe: parsed.value.recipe };
};
const { virtualMetrology, runToRun, metrology } = rtpProcess;
const family = (change: Record<string, unknown>) => virtualMetrology.family(recipe(change).recipe, null);
const loopOf = (id: string) => {
  const loop = runToRun.find((each) => each.id === id);
  if (!loop) throw new Error(`no loop ${id}`);
  return loop;
};

test('a family is the hottest target, how long, in what, and what was implanted', () => {
  expect(family({})).toMatch(/^1000 C \w+ N2 B 1e15\/cm2$/);
  expect(family({ o2_flow_slm: 2 })).toContain(' O2 ');
  expect(family({ ion_implant_context: undefined })).toContain('no known dopant');
  const spike = {
    segments: [
      { kind: 'spike', target_temp_c: 1050, duration_s: 5, ramp_rate_c_s: 200 },
      { kind: 'spike', target_temp_c: 600, duration_s: 10 },
    ],
  };
  expect(family(spike)).toMatch(/^1050 C (spike|short) /);
});

test('a plan is predicted with every promised parameter and feature', () => {
  const planned = virtualMetrology.planned(recipe().recipe, null);
  expect(Object.keys(planned.physics).toSorted()).toEqual([...virtualMetrology.predicts].toSorted());
  expect(Object.keys(planned.features).toSorted()).toEqual([...virtualMetrology.features].toSorted());
  for (const value of Object.values(planned.features)) expect(Number.isFinite(value)).toBe(true);
  expect(planned.physics['sheet_resistance_ohm_sq']).toBeGreaterThan(50);
  const upstream = { dopant: 'P', depth_nm: [0, 50, 100, 200], concentration_cm3: [1e19, 2e19, 1e18, 1e14] };
  expect(virtualMetrology.family(recipe().recipe, upstream)).toContain(' P ');
});

test('what is predicted and steered can be measured', () => {
  const measured = metrology.map(({ parameter }) => parameter);
  expect(measured).toEqual(expect.arrayContaining([...virtualMetrology.predicts]));
  expect(measured).toEqual(expect.arrayContaining(runToRun.map((loop) => loop.measuredBy)));
});

test('the temperature loop shifts the hottest target and nothing else', () => {
  const { wire, recipe: asked } = recipe();
  const loop = loopOf('temperature');
  const used = rtpRecipeSchema.parse(loop.apply(wire, 2.5));
  expect(used.segments.map((segment) => segment.target_temp_c)).toEqual([1002.5, 1002.5, 600]);
  expect(loop.outputOf(asked, 1003)).toBeCloseTo(3, 12);
  const result = { soakErrorC: -1 } as Parameters<typeof loop.estimate>[1];
  expect(loop.estimate(asked, result, 2.5)).toBe(1.5);
});

test('the time loop prolongs the hold in proportion, where oxygen grows an oxide', () => {
  const loop = loopOf('time');
  expect(loop.settings(recipe().recipe)).toBeNull();
  const { wire, recipe: asked } = recipe({ o2_flow_slm: 5 });
  const gain = loop.settings(asked)?.modelGain ?? 0;
  expect(gain).toBeGreaterThan(0.05);
  expect(gain).toBeLessThan(1);
  const used = rtpRecipeSchema.parse(loop.apply(wire, 1.2));
  expect(used.segments.map((segment) => segment.duration_s)).toEqual([15, 12, 15]);
  expect(loop.steered(asked, 1.2)).toBeCloseTo(12, 9);
  const nominal = virtualMetrology.planned(asked, null).physics['oxide_thickness_nm'] ?? 0;
  expect(loop.outputOf(asked, nominal)).toBeCloseTo(1, 9);
});
