import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImplantInput } from '../profile/implant-input.ts';
import { implantProfile } from '../profile/implant-profile.ts';
import type { Species } from '../species.ts';
import { monteCarloPlan, runMonteCarlo, runMonteCarloBatch, summarizeMonteCarlo } from './monte-carlo.ts';

const phosphorus: ImplantInput = {
  species: 'P',
  energyKeV: 20,
  dosePerCm2: 1e14,
  tiltDeg: 7,
  twistDeg: 22,
  target: { crystalline: false, layers: [] },
};

function finished<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The run was cancelled.');
  return value;
}

describe('Monte Carlo', () => {
  it('gives the same result however its batches are grouped and ordered', () => {
    const options = { ions: 3200, seed: 7 };
    const plan = monteCarloPlan(phosphorus, options);
    const alone = finished(runMonteCarlo(phosphorus, options));
    const indices = Array.from({ length: plan.batchCount }, (_, i) => i);
    fc.assert(
      fc.property(fc.shuffledSubarray(indices, { minLength: indices.length }), (order) => {
        expect(
          summarizeMonteCarlo(
            plan,
            order.map((i) => runMonteCarloBatch(plan, i)),
          ),
        ).toEqual(alone);
      }),
      { numRuns: 3 },
    );
    const other = finished(runMonteCarlo(phosphorus, { ...options, seed: 8 }));
    expect(other.moments.projectedRangeNm).not.toBe(alone.moments.projectedRangeNm);
  });

  it('agrees with the range reference at 20,000 ions within 2 % and 3 % or two standard errors', () => {
    const text = readFileSync(new URL('../../test/data/bca_reference.csv', import.meta.url), 'utf8').trim();
    const rows = text
      .split('\n')
      .slice(1)
      .map((row) => row.split(','));
    const chosen = rows.filter(
      ([, energyKeV, tilt]) => tilt === '7' && ['1', '10', '50'].includes(energyKeV ?? ''),
    );
    expect(chosen).toHaveLength(18);
    for (const [name = '', ...numbers] of chosen) {
      const [energyKeV = 0, tiltDeg = 0, range = 0, straggle = 0, , , backscatter = 0] = numbers.map(Number);
      const species = name.replace(/\(.*/, '') as Species;
      const { moments, standardErrors } = finished(
        runMonteCarlo({ ...phosphorus, species, energyKeV, tiltDeg }, { ions: 20_000, seed: 1 }),
      );
      const row = `${species} ${energyKeV} keV`;
      const rangeLimit = Math.max(0.02 * range, 2 * standardErrors.projectedRangeNm);
      expect(Math.abs(moments.projectedRangeNm - range), `range of ${row}`).toBeLessThan(rangeLimit);
      const straggleLimit = Math.max(0.03 * straggle, 2 * Math.SQRT2 * standardErrors.straggleNm);
      expect(Math.abs(moments.straggleNm - straggle), `straggle of ${row}`).toBeLessThan(straggleLimit);
      expect(Math.abs(moments.backscatterFraction - backscatter), `backscatter of ${row}`).toBeLessThan(0.01);
    }
  });

  it('its standard error is the spread of repeated runs', () => {
    const runs = Array.from({ length: 20 }, (_, seed) =>
      finished(runMonteCarlo(phosphorus, { ions: 4000, seed })),
    );
    const means = runs.map((run) => run.moments.projectedRangeNm);
    const mean = means.reduce((a, b) => a + b, 0) / means.length;
    const spread = Math.sqrt(means.reduce((a, b) => a + (b - mean) ** 2, 0) / (means.length - 1));
    const stated = runs.reduce((a, run) => a + run.standardErrors.projectedRangeNm, 0) / runs.length;
    expect(spread / stated).toBeGreaterThan(0.5);
    expect(spread / stated).toBeLessThan(1.7);
  });

  it('its histograms hold every stopped ion', () => {
    const result = finished(runMonteCarlo(phosphorus, { ions: 2000, seed: 3 }));
    const binCm = (result.depthNm[1] as number) * 1e-7 - (result.depthNm[0] as number) * 1e-7;
    const dose = result.concentrationPerCm3.reduce((sum, c) => sum + c * binCm, 0);
    expect(dose / result.retainedDosePerCm2).toBeCloseTo(1, 9);
    expect(result.map.shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
  });

  it('a layer of silicon is silicon, and oxide stops ions about as its density says', () => {
    const range = (layers: NonNullable<ImplantInput['target']>['layers']): number =>
      finished(
        runMonteCarlo({ ...phosphorus, target: { crystalline: false, layers } }, { ions: 8000, seed: 5 }),
      ).moments.projectedRangeNm;
    const bare = range([]);
    expect(range([{ material: 'Si', thicknessNm: 20 }]) / bare).toBeCloseTo(1, 1);
    expect(range([{ material: 'SiO2', thicknessNm: 500 }]) / bare).toBeGreaterThan(0.8);
    expect(range([{ material: 'SiO2', thicknessNm: 500 }]) / bare).toBeLessThan(1);
    expect(range([{ material: 'resist', thicknessNm: 500 }]) / bare).toBeGreaterThan(1.1);
  });

  it.each([
    ['As', 80, 'SiO2', 20],
    ['P', 40, 'SiO2', 30],
    ['B', 20, 'Si3N4', 50],
    ['B', 20, 'resist', 100],
    ['As', 80, 'resist', 400],
  ] as const)(
    'agrees with the fast profile for %s %d keV through %s of %d nm',
    (species, energyKeV, material, thicknessNm) => {
      const input = {
        ...phosphorus,
        species,
        energyKeV,
        target: { crystalline: false, layers: [{ material, thicknessNm }] },
      };
      const { moments } = finished(runMonteCarlo(input, { ions: 8000, seed: 9 }));
      const { depthNm, concentrationPerCm3 } = implantProfile(input);
      const total = concentrationPerCm3.reduce((sum, c) => sum + c, 0);
      const mean = concentrationPerCm3.reduce((sum, c, i) => sum + c * (depthNm[i] as number), 0) / total;
      const second =
        concentrationPerCm3.reduce((sum, c, i) => sum + c * (depthNm[i] as number) ** 2, 0) / total;
      expect(Math.abs(mean / moments.projectedRangeNm - 1)).toBeLessThan(0.03);
      expect(Math.abs(Math.sqrt(second - mean * mean) / moments.straggleNm - 1)).toBeLessThan(0.06);
    },
  );

  it('stops when its listener says so', () => {
    expect(runMonteCarlo(phosphorus, { ions: 2000, seed: 1 }, (done) => done < 2)).toBeUndefined();
  });

  it('refuses wrong options and missing batches by name', () => {
    expect(() => runMonteCarlo(phosphorus, { ions: 0, seed: 1 })).toThrow(/ions is 0/);
    expect(() => runMonteCarlo(phosphorus, { ions: 1000, seed: -1 })).toThrow(/seed is -1/);
    expect(() => runMonteCarlo(phosphorus, { ions: 1000.5, seed: 1 })).toThrow(/whole number/);
    const plan = monteCarloPlan(phosphorus, { ions: 1000, seed: 1 });
    expect(() => summarizeMonteCarlo(plan, [])).toThrow(/batches.length is 0; it must be 2/);
  });
});
