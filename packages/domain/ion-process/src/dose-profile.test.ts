import { doseProfileRequestSchema, doseProfileSchema } from '@spectra/schemas';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { doseProfile } from './dose-profile.ts';

const EXAMPLE = { species: 'B', energy_kev: 20.0, dose_atoms_cm2: 5e14, tilt_deg: 7.0, twist_deg: 0.0 };

describe('the depth-profile calculator', () => {
  it('answers the published example with a range near the published 65 to 80 nm and a full answer', () => {
    const answer = ask(EXAMPLE);
    expect(answer.profile_1d.projected_range_nm).toBeGreaterThan(65);
    expect(answer.profile_1d.projected_range_nm).toBeLessThan(85);
    expect(answer.sheet_resistance.annealed_ohm_sq).toBeGreaterThan(100);
    expect(answer.sheet_resistance.anneal).toEqual({ temp_c: 1000, time_s: 10 });
    expect(answer.channeling.reason).not.toBe('');
  });

  it('integrates to the retained dose, is finite and fits its schema for any legal request', () => {
    const request = fc.record({
      species: fc.constantFrom('B', 'P', 'As', 'BF2', 'In', 'Sb'),
      energy_kev: fc
        .double({ min: Math.log(0.2), max: Math.log(200), noNaN: true })
        .map((log) => Math.min(200, Math.max(0.2, Math.exp(log)))),
      dose_atoms_cm2: fc
        .double({ min: 11, max: 16, noNaN: true })
        .map((power) => Math.min(1e16, 10 ** power)),
      tilt_deg: fc.oneof(fc.constantFrom(0, 7, 90), fc.double({ min: 0, max: 90, noNaN: true })),
      twist_deg: fc.double({ min: 0, max: 360, noNaN: true }),
      target: fc.record({
        crystalline: fc.boolean(),
        layers: fc.array(
          fc.record({
            material: fc.constantFrom('SiO2', 'Si3N4', 'resist'),
            thickness_nm: fc.oneof(
              fc.double({ min: 0.01, max: 10, noNaN: true }),
              fc.double({ min: 10, max: 5000, noNaN: true }),
            ),
          }),
          { maxLength: 3 },
        ),
      }),
    });
    fc.assert(
      fc.property(request, (body) => {
        const answer = ask(body);
        const { depth_nm: depth, concentration_cm3: density } = answer.profile_1d;
        let dose = 0;
        for (let i = 1; i < depth.length; i += 1) {
          dose +=
            (((density[i] ?? 0) + (density[i - 1] ?? 0)) / 2) *
            ((depth[i] ?? 0) - (depth[i - 1] ?? 0)) *
            1e-7;
        }
        expect(dose / answer.retained_dose_cm2).toBeCloseTo(1, 3);
        expect(Math.min(...density)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  it('anneals what reaches less than a nanometre into the silicon', () => {
    const answer = ask({
      species: 'Sb',
      energy_kev: 0.6311337933580798,
      dose_atoms_cm2: 6447150443723243,
      tilt_deg: 90,
      target: {
        crystalline: false,
        layers: [
          { material: 'resist', thickness_nm: 3.447382698897864 },
          { material: 'resist', thickness_nm: 2.16084823347878 },
        ],
      },
    });
    expect(answer.sheet_resistance.annealed_ohm_sq).toBeGreaterThan(100);
  });

  it('says how sure it is of each concentration, and of the range', () => {
    const { uncertainty, profile_1d } = ask(EXAMPLE);
    const { expanded_cm3: expanded, coverage_factor: k } = uncertainty['concentration'] as {
      expanded_cm3: number[];
      coverage_factor: number;
    };
    expect(k).toBe(2);
    expect(expanded).toHaveLength(profile_1d.depth_nm.length);
    const peak = profile_1d.concentration_cm3.indexOf(Math.max(...profile_1d.concentration_cm3));
    const relative = (expanded[peak] ?? 0) / (profile_1d.concentration_cm3[peak] ?? 1);
    expect(relative).toBeGreaterThan(0.01);
    expect(relative).toBeLessThan(0.1);
  });

  it('shows a map that is even to a few tenths of a per cent and empty outside the wafer', () => {
    const { dose_atoms_cm2: map } = ask(EXAMPLE).profile_2d;
    const doses = map.flat().filter((dose): dose is number => dose !== null);
    expect(map[0]?.[0]).toBeNull();
    for (const dose of doses) expect(Math.abs(dose / 5e14 - 1)).toBeLessThan(0.005);
  });
});

function ask(body: unknown) {
  return doseProfileSchema.parse(doseProfile(doseProfileRequestSchema.parse(body)));
}
