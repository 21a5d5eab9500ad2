import { describe, expect, it } from 'vitest';
import { analyzerFieldT } from './beam-line.ts';
import { ionRecipeRules } from './recipe.ts';

const BODY = { species: 'P', energy_kev: 40, dose_atoms_cm2: 1e15, beam_current_ma: 5, scan_speed_mm_s: 50 };

describe('an implant recipe', () => {
  it('fills its defaults and stays as posted', () => {
    const result = ionRecipeRules.parse(BODY);
    expect(result.ok && result.value.wire).toEqual({
      ...BODY,
      tilt_deg: 7,
      twist_deg: 0,
      wafer_diameter_mm: 300,
    });
  });

  it('tells the limits of exactly the numbers that a SOP may bound', () => {
    const result = ionRecipeRules.parse(BODY);
    if (!result.ok) throw new Error('refused');
    const names = Object.keys(ionRecipeRules.limitValues(result.value.recipe));
    expect(Object.keys(ionRecipeRules.limitRanges).toSorted()).toEqual(names.toSorted());
    expect(ionRecipeRules.limitRanges).toMatchObject({
      energy_kev: { minimum: 1, maximum: 200 },
      dose_atoms_cm2: { minimum: 1e11, maximum: 1e16 },
      twist_deg: { minimum: 0, maximum: 90 },
      wafer_diameter_mm: { minimum: 150, maximum: 300 },
    });
  });

  it.each([
    [{ species: 'Xe' }, 'species'],
    [{ energy_kev: 500 }, 'energy_kev'],
    [{ dose_atoms_cm2: -1 }, 'dose_atoms_cm2'],
    [{ tilt_deg: 91 }, 'tilt_deg'],
    [{ twist_deg: 90.1 }, 'twist_deg'],
    [{ colour: 'blue' }, 'colour'],
  ])('with %j is refused at %s', (change, path) => {
    const result = ionRecipeRules.parse({ ...BODY, ...change });
    expect(result.ok).toBe(false);
    expect(!result.ok && result.refusal.errors?.map((error) => error.path)).toEqual([path]);
  });

  it.each([
    [{ beam_current_ma: 50, energy_kev: 1, dose_atoms_cm2: 1e16 }, ['beam_current_lowered'], 'source'],
    [{ energy_kev: 200, beam_current_ma: 20 }, ['beam_current_lowered'], 'heat the wafer'],
    [{ dose_atoms_cm2: 1e11 }, ['beam_current_lowered', 'scan_speed_changed'], 'strokes'],
    [{ tilt_deg: 88, beam_current_ma: 0.5 }, ['grazing_tilt'], 'less than the setpoint'],
    [{}, [], ''],
  ])('with %j warns of %j', (change, codes, text) => {
    const result = ionRecipeRules.parse({ ...BODY, ...change });
    if (!result.ok) throw new Error('legal recipe refused');
    const warnings = ionRecipeRules.warnings(result.value.recipe);
    expect(warnings.map((warning) => warning.code)).toEqual(expect.arrayContaining(codes));
    expect(warnings.map((warning) => warning.message).join(' ')).toContain(text);
    if (codes.length === 0) expect(warnings).toEqual([]);
  });

  it('sets the analyser to the published rigidity at extraction energy', () => {
    const result = ionRecipeRules.parse({ ...BODY, species: 'As', energy_kev: 80 });
    if (!result.ok) throw new Error('legal recipe refused');
    expect(analyzerFieldT(result.value.recipe) * 0.5).toBeCloseTo(0.2492, 3);
  });
});
