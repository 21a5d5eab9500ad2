import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNumbers } from '../test/read-table.ts';
import { hotellingLimits, hotellingT2, multivariateBaseline } from './hotelling.ts';
import { fitPca, pcaLimits, scorePca } from './principal-components.ts';

const boiler = readNumbers('boiler_data.csv');

describe('scorePca', () => {
  it('repeats eigenvalues, T2, SPE and its limit of the boiler data', () => {
    const model = fitPca(boiler, 2);
    readNumbers('boiler_pca_eig.csv').forEach(([, value], i) =>
      expect(model.eigenvalues[i]).toBeCloseTo(value!, 12),
    );
    const limit = pcaLimits(model, 0.99).spe;
    readNumbers('boiler_pca_T2_SPE.csv').forEach(([, t2, spe, speLimit], i) => {
      const score = scorePca(model, boiler[i]!);
      expect(score.t2).toBeCloseTo(t2!, 11);
      expect(score.spe).toBeCloseTo(spe!, 11);
      expect(limit).toBeCloseTo(speLimit!, 11);
    });
  });

  it('leaves no residual when all components are kept, and T2 is then Hotelling’s', () => {
    const model = fitPca(boiler, 8);
    const baseline = multivariateBaseline(boiler);
    for (const row of boiler) {
      const score = scorePca(model, row);
      expect(score.spe).toBeCloseTo(0, 10);
      expect(score.t2).toBeCloseTo(hotellingT2(baseline, row), 7);
    }
  });

  it('is not changed by the units of the channels', () => {
    const factors = fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(factors, (scale) => {
        const scaled = boiler.map((row) => row.map((value, i) => value * scale[i]!));
        const score = scorePca(fitPca(scaled, 3), scaled[4]!);
        const plain = scorePca(fitPca(boiler, 3), boiler[4]!);
        expect(score.t2).toBeCloseTo(plain.t2, 8);
        expect(score.spe).toBeCloseTo(plain.spe, 8);
      }),
      { numRuns: 20 },
    );
  });
});

describe('hotellingT2', () => {
  it('repeats T2 and both limits of the boiler data', () => {
    const baseline = multivariateBaseline(boiler);
    const limits = hotellingLimits({ samples: 25, channels: 8 }, 0.999);
    readNumbers('boiler_T2.csv').forEach(([, t2, phaseOne, phaseTwo], i) => {
      expect(hotellingT2(baseline, boiler[i]!)).toBeCloseTo(t2!, 10);
      expect(limits.phaseOne).toBeCloseTo(phaseOne!, 10);
      expect(limits.phaseTwo).toBeCloseTo(phaseTwo!, 9);
    });
  });
});
