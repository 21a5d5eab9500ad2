import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Material } from '../materials.ts';
import { OutOfRangeError } from '../out-of-range.ts';
import { SPECIES, type Species } from '../species.ts';
import type { ImplantInput } from './implant-input.ts';
import { type DepthProfile, implantProfile } from './implant-profile.ts';

const layer = fc.record({
  material: fc.constantFrom<Material>('SiO2', 'Si3N4', 'resist', 'Si'),
  thicknessNm: fc.double({ min: 0.1, max: 500, noNaN: true }),
});
const legalInput: fc.Arbitrary<ImplantInput> = fc.record(
  {
    species: fc.constantFrom(...SPECIES),
    energyKeV: fc
      .double({ min: Math.log(0.2), max: Math.log(200), noNaN: true })
      .map((log) => Math.min(200, Math.max(0.2, Math.exp(log)))),
    dosePerCm2: fc
      .double({ min: 11, max: 16, noNaN: true })
      .map((power) => Math.min(1e16, Math.max(1e11, 10 ** power))),
    tiltDeg: fc.oneof(fc.constantFrom(0, 7, 90), fc.double({ min: 0, max: 90, noNaN: true })),
    twistDeg: fc.double({ min: 0, max: 360, noNaN: true }),
    target: fc.record({ crystalline: fc.boolean(), layers: fc.array(layer, { maxLength: 3 }) }),
  },
  { requiredKeys: ['species', 'energyKeV', 'dosePerCm2', 'tiltDeg', 'twistDeg'] },
);

const boron: ImplantInput = { species: 'B', energyKeV: 20, dosePerCm2: 1e13, tiltDeg: 0, twistDeg: 0 };
const amorphous = { crystalline: false, layers: [] };

function doseOf({ depthNm, concentrationPerCm3 }: DepthProfile): number {
  let sum = 0;
  for (let i = 1; i < depthNm.length; i += 1) {
    const width = (depthNm[i] as number) - (depthNm[i - 1] as number);
    sum += 0.5e-7 * width * ((concentrationPerCm3[i] as number) + (concentrationPerCm3[i - 1] as number));
  }
  return sum;
}

function tailShare(profile: DepthProfile, beyondNm: number): number {
  const kept = profile.concentrationPerCm3.map((c, i) =>
    (profile.depthNm[i] as number) >= beyondNm ? c : 0,
  );
  return doseOf({ ...profile, concentrationPerCm3: kept }) / profile.retainedDosePerCm2;
}

describe('implantProfile', () => {
  it('holds the retained dose within 0.1 % and is never negative, for 10,000 legal inputs', () => {
    fc.assert(
      fc.property(legalInput, (input) => {
        const profile = implantProfile(input);
        for (const part of profile.fluorine ? [profile, profile.fluorine] : [profile]) {
          expect(Math.abs(doseOf(part) / part.retainedDosePerCm2 - 1)).toBeLessThan(1e-3);
          expect(part.concentrationPerCm3.every((c) => c >= 0 && Number.isFinite(c))).toBe(true);
        }
        expect(profile.retainedDosePerCm2).toBeLessThanOrEqual(input.dosePerCm2);
        expect(profile.channeling.channeledFraction).toBeGreaterThanOrEqual(0);
        expect(profile.channeling.channeledFraction).toBeLessThan(1);
      }),
      { numRuns: 10_000 },
    );
  });

  it('puts the range deeper with more energy and shallower with more tilt', () => {
    const species = fc.constantFrom(...SPECIES);
    const tiltDeg = fc.double({ min: 0, max: 85, noNaN: true });
    fc.assert(
      fc.property(
        species,
        fc.double({ min: 0.2, max: 180, noNaN: true }),
        tiltDeg,
        (name, energyKeV, tilt) => {
          const rangeNm = (keV: number, deg: number): number =>
            implantProfile({ ...boron, species: name, energyKeV: keV, tiltDeg: deg }).moments
              .projectedRangeNm;
          expect(rangeNm(energyKeV * 1.1, tilt)).toBeGreaterThan(rangeNm(energyKeV, tilt));
          expect(rangeNm(energyKeV, tilt + 5)).toBeLessThanOrEqual(rangeNm(energyKeV, tilt) * 1.01);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('agrees with every row of the range reference', () => {
    const text = readFileSync(new URL('../../test/data/bca_reference.csv', import.meta.url), 'utf8').trim();
    const rows = text
      .split('\n')
      .slice(1)
      .map((row) => row.split(','));
    expect(rows).toHaveLength(84);
    for (const [name = '', ...numbers] of rows) {
      const [
        energyKeV = 0,
        tiltDeg = 0,
        range = 0,
        straggle = 0,
        skewness = 0,
        kurtosis = 0,
        backscatter = 0,
      ] = numbers.map(Number);
      const species = name.replace(/\(.*/, '') as Species;
      const { moments } = implantProfile({ ...boron, species, energyKeV, tiltDeg, target: amorphous });
      const row = `${species} ${energyKeV} keV ${tiltDeg}°`;
      expect(Math.abs(moments.projectedRangeNm / range - 1), `range of ${row}`).toBeLessThan(0.03);
      expect(Math.abs(moments.straggleNm / straggle - 1), `straggle of ${row}`).toBeLessThan(0.05);
      expect(Math.abs(moments.skewness - skewness), `skewness of ${row}`).toBeLessThan(0.15);
      expect(Math.abs(moments.kurtosis - kurtosis), `kurtosis of ${row}`).toBeLessThan(0.4);
      expect(Math.abs(moments.backscatterFraction - backscatter), `backscatter of ${row}`).toBeLessThan(0.01);
    }
  });

  it('repeats the worked value', () => {
    const { moments } = implantProfile({
      ...boron,
      species: 'P',
      energyKeV: 40,
      dosePerCm2: 1e15,
      tiltDeg: 7,
    });
    expect(moments.projectedRangeNm).toBeCloseTo(57.5, 0);
    expect(moments.straggleNm).toBeCloseTo(24.5, 0);
  });

  it.each([
    ['energyKeV', 0.1, 0.2, 200],
    ['energyKeV', 201, 0.2, 200],
    ['energyKeV', Number.NaN, 0.2, 200],
    ['dosePerCm2', 9e10, 1e11, 1e16],
    ['dosePerCm2', 2e16, 1e11, 1e16],
    ['tiltDeg', -1, 0, 90],
    ['tiltDeg', 91, 0, 90],
    ['twistDeg', 361, 0, 360],
    ['twistDeg', Number.POSITIVE_INFINITY, 0, 360],
  ] as const)('refuses %s = %d and names field, value and limits', (field, value, min, max) => {
    try {
      implantProfile({ ...boron, [field]: value });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(OutOfRangeError);
      expect(error).toMatchObject({ field, value, min, max });
      expect((error as Error).message).toContain(field);
      expect((error as Error).message).toContain(String(max));
    }
  });

  it('refuses unknown species, materials and thicknesses by name', () => {
    expect(() => implantProfile({ ...boron, species: 'Ga' as Species })).toThrow(/species is Ga; .*BF2/);
    const layers = [{ material: 'Cu' as Material, thicknessNm: 5 }];
    expect(() => implantProfile({ ...boron, target: { crystalline: true, layers } })).toThrow(
      /layers\[0\]\.material is Cu/,
    );
    const thin = [{ material: 'SiO2' as const, thicknessNm: 0 }];
    expect(() => implantProfile({ ...boron, target: { crystalline: true, layers: thin } })).toThrow(
      /thicknessNm is 0 nm; .*0\.1/,
    );
  });

  it('gives B 20 keV a channelled tail at 0° that 7°/22°, more dose and a screen oxide weaken', () => {
    const tail = (change: Partial<ImplantInput>): number =>
      tailShare(implantProfile({ ...boron, ...change }), 180);
    const onAxis = tail({});
    expect(onAxis).toBeGreaterThan(5 * tail({ target: amorphous }));
    expect(tail({ tiltDeg: 7, twistDeg: 22 })).toBeLessThan(0.5 * onAxis);
    expect(tail({ dosePerCm2: 5e15 })).toBeLessThan(0.8 * onAxis);
    expect(
      tail({ target: { crystalline: true, layers: [{ material: 'SiO2', thicknessNm: 10 }] } }),
    ).toBeLessThan(0.8 * onAxis);
  });

  it('rates channelling by the angles: high on axis, medium in a plane, low at 7°/22° and in amorphous targets', () => {
    const risk = (change: Partial<ImplantInput>): string =>
      implantProfile({ ...boron, ...change }).channeling.risk;
    expect(risk({})).toBe('high');
    expect(risk({ tiltDeg: 7, twistDeg: 0 })).toBe('medium');
    expect(risk({ tiltDeg: 7, twistDeg: 22 })).toBe('low');
    expect(risk({ tiltDeg: 45, twistDeg: 45 })).toBe('high');
    expect(risk({ target: amorphous })).toBe('low');
    expect(implantProfile(boron).channeling.criticalAngleDeg).toBeCloseTo(3.79, 2);
  });

  it('amorphises at the doses known from experiment', () => {
    const amorphousAt = (species: Species, energyKeV: number, dosePerCm2: number): boolean =>
      implantProfile({ ...boron, species, energyKeV, dosePerCm2, tiltDeg: 7, twistDeg: 22 }).damage.amorphous;
    expect([amorphousAt('As', 80, 1e14), amorphousAt('As', 80, 3e14)]).toEqual([false, true]);
    expect([amorphousAt('Sb', 80, 3e13), amorphousAt('Sb', 80, 3e14)]).toEqual([false, true]);
    expect([amorphousAt('P', 40, 5e14), amorphousAt('P', 40, 1e15)]).toEqual([false, true]);
    expect(amorphousAt('B', 20, 9.9e15)).toBe(false);
    const { damage } = implantProfile({ ...boron, species: 'As', energyKeV: 80, dosePerCm2: 1e15 });
    expect(damage.amorphousDepthNm).toBeGreaterThan(60);
    expect(damage.amorphousDepthNm).toBeLessThan(120);
  });

  it('lets a layer stop what lies above its bottom: thick resist shields the silicon', () => {
    const layers = [{ material: 'resist' as const, thicknessNm: 1000 }];
    const profile = implantProfile({
      ...boron,
      species: 'As',
      energyKeV: 80,
      target: { crystalline: true, layers },
    });
    expect(tailShare(profile, 1000)).toBeLessThan(1e-6);
  });

  it('a silicon layer on silicon changes nothing but the grid', () => {
    const layers = [{ material: 'Si' as const, thicknessNm: 30 }];
    const layered = implantProfile({ ...boron, target: { crystalline: false, layers } });
    const bare = implantProfile({ ...boron, target: amorphous });
    expect(tailShare(layered, 100)).toBeCloseTo(tailShare(bare, 100), 3);
  });

  it('BF2 carries two fluorines for each boron, boron at 11/49 of the energy', () => {
    const molecule = implantProfile({ ...boron, species: 'BF2', energyKeV: 49, target: amorphous });
    const atom = implantProfile({ ...boron, energyKeV: 11, target: amorphous });
    expect(molecule.moments).toEqual(atom.moments);
    expect(molecule.fluorine?.retainedDosePerCm2).toBeGreaterThan(1.8e13);
    expect(implantProfile(boron).fluorine).toBeUndefined();
  });

  it('states a larger uncertainty below 1 keV and keeps U = 2 u', () => {
    const budget = (energyKeV: number) => implantProfile({ ...boron, energyKeV }).uncertainty.projectedRange;
    expect(budget(0.3).relativeExpanded).toBeGreaterThan(1.5 * budget(5).relativeExpanded);
    expect(budget(5).relativeExpanded).toBeCloseTo(2 * budget(5).relativeCombined, 12);
    expect(new Set(budget(5).components.map((component) => component.type))).toEqual(new Set(['A', 'B']));
  });
});
