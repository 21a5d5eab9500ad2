import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnnealInput,
  annealProfile,
  type DopantSpecies,
  diffusivityCm2PerS,
  type TemperatureHistory,
} from './index.ts';

const anySpecies = fc.constantFrom<DopantSpecies>('B', 'P', 'As', 'In', 'Sb');

const anyImplant = fc.record({
  species: anySpecies,
  dosePerCm2: fc.double({ min: 12, max: 16, noNaN: true }).map((exponent) => 10 ** exponent),
  rangeNm: fc.double({ min: 5, max: 300, noNaN: true }),
  relativeStraggle: fc.double({ min: 0.2, max: 0.5, noNaN: true }),
});

const anyHistory = fc
  .array(
    fc.record({
      durationS: fc.double({ min: 0.01, max: 60, noNaN: true }),
      temperatureK: fc.double({ min: 298.15, max: 1423.15, noNaN: true }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((legs): TemperatureHistory => {
    const history = [{ timeS: 0, temperatureK: 298.15 }];
    let timeS = 0;
    for (const leg of legs) {
      timeS += leg.durationS;
      history.push({ timeS, temperatureK: leg.temperatureK });
    }
    return history;
  });

type Implant = { species: DopantSpecies; dosePerCm2: number; rangeNm: number; relativeStraggle: number };

function gaussian(implant: Implant) {
  const straggleNm = implant.rangeNm * implant.relativeStraggle;
  const peak = implant.dosePerCm2 / (Math.sqrt(2 * Math.PI) * straggleNm * 1e-7);
  const endNm = implant.rangeNm + 7 * straggleNm;
  const depthNm = Array.from({ length: 161 }, (_, i) => (i * endNm) / 160);
  return {
    species: implant.species,
    depthNm,
    concentrationPerCm3: depthNm.map(
      (x) => peak * Math.exp(-(((x - implant.rangeNm) / straggleNm) ** 2) / 2),
    ),
  };
}

function hold(celsius: number, timeS: number): TemperatureHistory {
  return [
    { timeS: 0, temperatureK: celsius + 273.15 },
    { timeS, temperatureK: celsius + 273.15 },
  ];
}

function anneal(implant: Implant, change: Partial<AnnealInput> = {}) {
  return annealProfile({
    profile: gaussian(implant),
    backgroundPerCm3: 1e15,
    history: hold(1000, 10),
    surface: 'capped',
    damage: false,
    ...change,
  });
}

const boron: Implant = { species: 'B', dosePerCm2: 1e15, rangeNm: 100, relativeStraggle: 0.35 };

describe('laws of the anneal', () => {
  it('a cap keeps the dose to 1e-9, whatever species, dose and history', () => {
    fc.assert(
      fc.property(anyImplant, anyHistory, fc.boolean(), (implant, history, damage) => {
        const outcome = anneal(implant, { history, damage });
        expect(outcome.retainedDosePerCm2 / outcome.implantedDosePerCm2).toBeCloseTo(1, 9);
      }),
      { numRuns: 60 },
    );
  });

  it('a bare surface only ever loses dose', () => {
    fc.assert(
      fc.property(anyImplant, anyHistory, (implant, history) => {
        const outcome = anneal(implant, { history, surface: 'bare' });
        expect(outcome.retainedDosePerCm2).toBeLessThanOrEqual(outcome.implantedDosePerCm2 * (1 + 1e-9));
        expect(outcome.retainedDosePerCm2).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 40 },
    );
  });

  it('no concentration is negative and the active part never exceeds the total', () => {
    fc.assert(
      fc.property(
        anyImplant,
        anyHistory,
        fc.constantFrom('bare' as const, 'capped' as const),
        (implant, history, surface) => {
          const outcome = anneal(implant, { history, surface });
          outcome.totalPerCm3.forEach((total, i) => {
            const active = outcome.activePerCm3[i] ?? Number.NaN;
            expect(total).toBeGreaterThanOrEqual(0);
            expect(active).toBeGreaterThanOrEqual(0);
            expect(active).toBeLessThanOrEqual(total * (1 + 1e-9));
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('a longer anneal never makes the junction shallower', () => {
    fc.assert(
      fc.property(
        anyImplant,
        fc.double({ min: 850, max: 1100, noNaN: true }),
        fc.double({ min: 1, max: 60, noNaN: true }),
        (implant, celsius, timeS) => {
          const short = anneal(implant, { history: hold(celsius, timeS) }).junctionDepthUm.atBackground;
          const long = anneal(implant, { history: hold(celsius, 2 * timeS) }).junctionDepthUm.atBackground;
          if (short === null || long === null) return;
          expect(long).toBeGreaterThanOrEqual(short * (1 - 2e-3));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('a hotter anneal makes the junction deeper', () => {
    const depths = [900, 950, 1000, 1050, 1100].map(
      (celsius) => anneal(boron, { history: hold(celsius, 20) }).junctionDepthUm.atBackground ?? 0,
    );
    depths.slice(1).forEach((depthUm, i) => expect(depthUm).toBeGreaterThan(depths[i] ?? 0));
  });

  it('splitting a history into many samples changes nothing', () => {
    const ramp = (samples: number): TemperatureHistory =>
      Array.from({ length: samples + 1 }, (_, i) => ({
        timeS: (20 * i) / samples,
        temperatureK: 973.15 + 350 * Math.min(1, (2 * i) / samples),
      }));
    const few = anneal(boron, { history: ramp(2) });
    const many = anneal(boron, { history: ramp(200) });
    expect((many.junctionDepthUm.atBackground ?? 0) / (few.junctionDepthUm.atBackground ?? 1)).toBeCloseTo(
      1,
      3,
    );
    expect(many.sheetResistanceOhmSq / few.sheetResistanceOhmSq).toBeCloseTo(1, 3);
  });
});

describe('accuracy of the solver', () => {
  it('halving grid and step changes a spike anneal with damage by less than 0.5 %', () => {
    const history = Array.from({ length: 200 }, (_, i) => ({
      timeS: i / 10,
      temperatureK: 873.15 + Math.max(0, Math.min(250 * (i / 10 - 5), 450 - 80 * (i / 10 - 6.8))),
    }));
    for (const damage of [false, true]) {
      const usual = anneal(boron, { history, damage, surface: 'bare' });
      const finer = anneal(boron, {
        history,
        damage,
        surface: 'bare',
        resolution: { gridRefinement: 2, timeTolerance: 0.25 },
      });
      const ratio = (a: number | null, b: number | null) =>
        Math.abs((a ?? Number.NaN) / (b ?? Number.NaN) - 1);
      const junction = ratio(usual.junctionDepthUm.atBackground, finer.junctionDepthUm.atBackground);
      expect(junction).toBeLessThan(0.005);
      expect(ratio(usual.sheetResistanceOhmSq, finer.sheetResistanceOhmSq)).toBeLessThan(0.005);
      expect(ratio(usual.retainedDosePerCm2, finer.retainedDosePerCm2)).toBeLessThan(0.005);
    }
  });

  it('nothing reaches the end of the grid', () => {
    fc.assert(
      fc.property(anyImplant, anyHistory, fc.boolean(), (implant, history, damage) => {
        const outcome = anneal(implant, { history, damage });
        const peak = outcome.totalPerCm3.reduce((most, value) => Math.max(most, value), 0);
        expect(outcome.totalPerCm3.at(-1)).toBeLessThan(1e-6 * peak + 1e12);
      }),
      { numRuns: 40 },
    );
  });
});

describe('worked anneals', () => {
  it('a dilute Gaussian widens to sqrt(sigma^2 + 2 D t)', () => {
    const dilute: Implant = { species: 'B', dosePerCm2: 5e11, rangeNm: 300, relativeStraggle: 20 / 300 };
    const outcome = anneal(dilute, { history: hold(1050, 60), backgroundPerCm3: 1e10 });
    let moment0 = 0;
    let moment1 = 0;
    let moment2 = 0;
    outcome.totalPerCm3.forEach((value, i) => {
      const x = outcome.depthNm[i] ?? 0;
      const width = ((outcome.depthNm[i + 1] ?? x) - (outcome.depthNm[i - 1] ?? x)) / 2;
      moment0 += value * width;
      moment1 += value * width * x;
      moment2 += value * width * x * x;
    });
    const meanNm = moment1 / moment0;
    const sigmaNm = Math.sqrt(moment2 / moment0 - meanNm ** 2);
    const expected = Math.sqrt(20 ** 2 + 2 * diffusivityCm2PerS('B', 1323.15) * 60 * 1e14);
    expect(sigmaNm / expected).toBeCloseTo(1, 2);
  });

  it('nothing moves at 400 degC, and nothing is active after it when activation is kinetic', () => {
    const outcome = anneal(boron, { history: hold(400, 3600), activation: 'kinetic' });
    expect(outcome.totalPerCm3).toEqual(outcome.initialPerCm3);
    expect(outcome.activeDosePerCm2).toBe(0);
    expect(outcome.sheetResistanceOhmSq).toBe(Number.POSITIVE_INFINITY);
  });

  it('damage deepens the junction, and relatively more at 800 than at 1050 degC', () => {
    const gain = (celsius: number, timeS: number) => {
      const history = hold(celsius, timeS);
      const plain = anneal(boron, { history }).junctionDepthUm.atBackground ?? 0;
      return (anneal(boron, { history, damage: true }).junctionDepthUm.atBackground ?? 0) - plain;
    };
    expect(gain(1050, 1)).toBeGreaterThan(0.01);
    expect(gain(800, 600)).toBeGreaterThan(gain(1050, 1));
  });

  it('kinetic activation reaches the equilibrium limit only in time', () => {
    const active = (timeS: number) =>
      anneal(boron, { history: hold(900, timeS), activation: 'kinetic' }).activeDosePerCm2;
    const limit = anneal(boron, { history: hold(900, 300) }).activeDosePerCm2;
    expect(active(5)).toBeLessThan(0.25 * limit);
    expect(active(300) / limit).toBeCloseTo(1, 2);
  });
});

describe('refusals of the anneal', () => {
  it('name the field, the value and the limit', () => {
    expect(() => anneal(boron, { backgroundPerCm3: 0 })).toThrow(/backgroundPerCm3 is 0/);
    expect(() => anneal(boron, { history: hold(1500, 1) })).toThrow(/temperatureK is 1773.15.*1687/);
    expect(() => anneal(boron, { history: [{ timeS: 0, temperatureK: 300 }] })).toThrow(
      /history.length is 1/,
    );
    const profile = gaussian(boron);
    const wrong = { ...profile, concentrationPerCm3: profile.concentrationPerCm3.map(() => -1) };
    expect(() => anneal(boron, { profile: wrong })).toThrow(/concentrationPerCm3 is -1/);
    const backwards = { ...profile, depthNm: profile.depthNm.map((x) => -x) };
    expect(() => anneal(boron, { profile: backwards })).toThrow(/depths must strictly increase/);
    const empty = { ...profile, concentrationPerCm3: profile.concentrationPerCm3.map(() => 0) };
    expect(() => anneal(boron, { profile: empty })).toThrow(/dosePerCm2 is 0/);
  });
});
