import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviationPct, numberIn, readReference } from '../test/read-reference.ts';
import {
  activatedShare,
  activeConcentrationPerCm3,
  annealDamage,
  type DopantSpecies,
  diffusivityCm2PerS,
  implantDamage,
  intrinsicCarrierDensityPerCm3,
  junctionDepthUm,
  masettiMobilityCm2PerVS,
  sheetResistanceOhmSq,
  solidSolubilityPerCm3,
  thermalBudget,
} from './index.ts';

const anySpecies = fc.constantFrom<DopantSpecies>('B', 'P', 'As', 'In', 'Sb');
const anyHotK = fc.double({ min: 1073.15, max: 1473.15, noNaN: true });

describe('diffusivity and intrinsic carriers', () => {
  it.each(readReference('diffusivity.csv').map((row) => [`${row.dopant} ${row.T_C} degC`, row] as const))(
    '%s agree with the reference within 1 %%',
    (_, row) => {
      const species = row.dopant as DopantSpecies;
      const temperatureK = numberIn(row, 'T_C') + 273.15;
      const ni = intrinsicCarrierDensityPerCm3(temperatureK);
      // The column is for doping of 1e20: carriers follow from charge neutrality.
      const carriers = (1e20 + Math.sqrt(1e40 + 4 * ni * ni)) / 2;
      const extrinsic = diffusivityCm2PerS(species, temperatureK, carriers / ni);
      expect(Math.abs(deviationPct(ni, numberIn(row, 'ni_cm-3_suprem')))).toBeLessThan(1);
      expect(
        Math.abs(
          deviationPct(diffusivityCm2PerS(species, temperatureK), numberIn(row, 'Di_intrinsic_cm2_s')),
        ),
      ).toBeLessThan(1);
      expect(Math.abs(deviationPct(extrinsic, numberIn(row, 'D_at_n_or_p=1e20')))).toBeLessThan(1);
    },
  );

  it('give 1.6033e-14 cm2/s for intrinsic boron and 7.1365e18 carriers at 1000 degC', () => {
    expect(diffusivityCm2PerS('B', 1273.15)).toBeCloseTo(1.6033e-14, 17);
    expect(intrinsicCarrierDensityPerCm3(1273.15) / 7.1365e18).toBeCloseTo(1, 4);
  });

  it('refuse temperatures and carrier ratios outside their range', () => {
    expect(() => diffusivityCm2PerS('B', 700)).toThrow(/temperatureK is 700.*773.15/);
    expect(() => diffusivityCm2PerS('B', 1273.15, 0)).toThrow(/carriersOverIntrinsic is 0/);
    expect(() => intrinsicCarrierDensityPerCm3(300)).toThrow(/temperatureK is 300/);
  });
});

describe('solubility and activation', () => {
  it.each([
    ['B', 900, 6.76e19],
    ['B', 1000, 1.19e20],
    ['B', 1100, 1.94e20],
    ['P', 900, 3.16e20],
    ['P', 1000, 3.4e20],
    ['P', 1100, 3.79e20],
    ['Sb', 900, 3e19],
    ['Sb', 1000, 4e19],
    ['Sb', 1100, 4.8e19],
    ['As', 1000, 2.1413e20],
  ] as const)('of %s at %i degC is %d within 0.5 %%', (species, celsius, perCm3) => {
    expect(Math.abs(deviationPct(solidSolubilityPerCm3(species, celsius + 273.15), perCm3))).toBeLessThan(
      0.5,
    );
  });

  it('rises with temperature and never refuses inside its range', () => {
    fc.assert(
      fc.property(anySpecies, fc.double({ min: 773.15, max: 1660, noNaN: true }), (species, temperatureK) => {
        const here = solidSolubilityPerCm3(species, temperatureK);
        expect(here).toBeGreaterThan(0);
        expect(solidSolubilityPerCm3(species, temperatureK + 20)).toBeGreaterThanOrEqual(here);
      }),
    );
  });

  it('gives 5.607e19 active antimony of 2.584e20 and 2.680e20 arsenic of 5.203e20 at 1000 degC', () => {
    expect(activeConcentrationPerCm3('Sb', 2.58417e20, 1273.15) / 5.6073e19).toBeCloseTo(1, 3);
    expect(activeConcentrationPerCm3('As', 5.2029e20, 1273.15) / 2.6798e20).toBeCloseTo(1, 3);
  });

  it('more dopant never means less active dopant, and never more active than there is', () => {
    fc.assert(
      fc.property(
        anySpecies,
        anyHotK,
        fc.double({ min: 10, max: 22, noNaN: true }),
        (species, temperatureK, exponent) => {
          const total = 10 ** exponent;
          const active = activeConcentrationPerCm3(species, total, temperatureK);
          expect(active).toBeLessThanOrEqual(total * (1 + 1e-9));
          expect(activeConcentrationPerCm3(species, total * 1.1, temperatureK)).toBeGreaterThanOrEqual(
            active,
          );
        },
      ),
    );
  });

  it('reaches 63.2 % after one time constant, 26 s at 900 degC, and refuses a share above 1', () => {
    expect(activatedShare(0, 1173.15, 26)).toBeCloseTo(0.63212, 4);
    expect(activatedShare(0, 1073.15, 1800)).toBeCloseTo(0.5, 1);
    expect(() => activatedShare(1.1, 1173.15, 1)).toThrow(/share is 1.1/);
  });
});

describe('implant damage', () => {
  it('is one interstitial per ion up to 1e14', () => {
    expect(implantDamage(1e13, 100).excessPerCm2).toBe(1e13);
    expect(implantDamage(1e13, 100).depthCm).toBeCloseTo(1e-5, 12);
    expect(implantDamage(1e16, 100).excessPerCm2).toBe(1e14);
    expect(() => implantDamage(-1, 100)).toThrow(/dosePerCm2 is -1/);
  });

  it('speeds boron up 249 times over the first second at 1000 degC', () => {
    const { enhancement, damage } = annealDamage(implantDamage(1e14, 100), 'B', 1273.15, 1);
    expect(enhancement / 249).toBeCloseTo(1, 1);
    expect(damage.excessPerCm2).toBeLessThan(1e5);
  });

  it('does the same in two steps as in one, and decays to no enhancement', () => {
    const start = implantDamage(1e14, 100);
    const half = annealDamage(start, 'B', 1088, 5);
    const second = annealDamage(half.damage, 'B', 1088, 5);
    const whole = annealDamage(start, 'B', 1088, 10);
    expect(second.damage.excessPerCm2 / whole.damage.excessPerCm2).toBeCloseTo(1, 12);
    expect((half.enhancement + second.enhancement) / 2 / whole.enhancement).toBeCloseTo(1, 12);
    expect(
      annealDamage(annealDamage(start, 'B', 1273.15, 60).damage, 'B', 1273.15, 1).enhancement,
    ).toBeCloseTo(1, 9);
  });
});

describe('mobility, sheet resistance and junctions', () => {
  it('gives the Masetti mobilities at two concentrations', () => {
    expect(masettiMobilityCm2PerVS('B', 1e19)).toBeCloseTo(73.17, 1);
    expect(masettiMobilityCm2PerVS('P', 1e20)).toBeCloseTo(73.23, 1);
  });

  it('falls with doping from the lattice value', () => {
    fc.assert(
      fc.property(anySpecies, fc.double({ min: 13, max: 21, noNaN: true }), (species, exponent) => {
        const here = masettiMobilityCm2PerVS(species, 10 ** exponent);
        expect(masettiMobilityCm2PerVS(species, 10 ** (exponent + 0.2))).toBeLessThanOrEqual(here);
      }),
    );
  });

  it('a box of 100 nm boron at 1e19 has the sheet resistance of q N mu d', () => {
    const box = { species: 'B' as const, depthNm: [0, 50, 100], activePerCm3: [1e19, 1e19, 1e19] };
    const byHand = 1 / (1.602176634e-19 * 1e19 * masettiMobilityCm2PerVS('B', 1e19) * 1e-5);
    expect(sheetResistanceOhmSq(box)).toBeCloseTo(byHand, 6);
    expect(byHand).toBeCloseTo(853.06, 1);
    expect(sheetResistanceOhmSq({ ...box, backgroundPerCm3: 2e19 })).toBe(Number.POSITIVE_INFINITY);
  });

  it('finds 0.150 um between 1e18 at 100 nm and 1e16 at 200 nm, the last crossing, or none', () => {
    expect(junctionDepthUm([100, 200], [1e18, 1e16], 1e17)).toBeCloseTo(0.15, 9);
    expect(junctionDepthUm([0, 1, 2, 3, 4], [1e18, 1e16, 1e18, 1e16, 1e15], 1e17)).toBeCloseTo(0.0025, 9);
    expect(junctionDepthUm([0, 1], [1e16, 1e15], 1e17)).toBeNull();
    expect(() => junctionDepthUm([0, 0], [1, 1], 1e17)).toThrow(/strictly increase/);
  });
});

describe('thermal budget', () => {
  it('of boron for 10 s at 1000 degC is D t', () => {
    const budget = thermalBudget(
      [
        { timeS: 0, temperatureK: 1273.15 },
        { timeS: 10, temperatureK: 1273.15 },
      ],
      'B',
    );
    expect(budget.dtCm2 / 1.6033e-13).toBeCloseTo(1, 4);
    expect(budget.equivalentTimeAtPeakS).toBeCloseTo(10, 9);
    expect(budget.peakTemperatureK).toBe(1273.15);
  });

  it('adds up over parts of a history', () => {
    fc.assert(
      fc.property(anySpecies, anyHotK, anyHotK, (species, a, b) => {
        const ramp = [
          { timeS: 0, temperatureK: a },
          { timeS: 4, temperatureK: b },
        ];
        const middle = { timeS: 2, temperatureK: (a + b) / 2 };
        const whole = thermalBudget(ramp, species).dtCm2;
        const parts =
          thermalBudget([ramp[0] ?? middle, middle], species).dtCm2 +
          thermalBudget([middle, ramp[1] ?? middle], species).dtCm2;
        expect(parts / whole).toBeCloseTo(1, 5);
      }),
    );
  });
});
