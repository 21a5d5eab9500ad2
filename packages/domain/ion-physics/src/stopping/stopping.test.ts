import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SILICON } from '../materials.ts';
import { IONS, type Ion } from '../species.ts';
import {
  electronicStopping,
  lindhardScharffStopping,
  siliconElectronicStopping,
} from './electronic-stopping.ts';
import { halfAngleSineSquared } from './magic-formula.ts';
import { nuclearStoppingEvNm2, reducedNuclearStopping } from './nuclear-stopping.ts';
import { scatteringIntegralSineSquared } from './scattering-integral.ts';
import { slowingDown } from './slowing-down.ts';
import { reducedEnergy, screeningLengthNm, universalScreening } from './universal-screening.ts';

const ions: readonly Ion[] = ['B', 'F', 'P', 'As', 'In', 'Sb'];

describe('stopping', () => {
  it('repeats the worked values of the universal potential', () => {
    expect(universalScreening(0).value).toBeCloseTo(1, 4);
    expect(universalScreening(1).value).toBeCloseTo(0.4164, 4);
    expect(screeningLengthNm(IONS.B, SILICON)).toBeCloseTo(0.01427, 5);
    expect(reducedEnergy(IONS.B, SILICON, 20_000)).toBeCloseTo(2.034, 3);
    expect(reducedNuclearStopping(1)).toBeCloseTo(0.3143, 4);
    expect(nuclearStoppingEvNm2(IONS.As, SILICON, 80)).toBeCloseTo(24.6, 1);
  });

  it('agrees with the SRIM-2013 points within 2.5 % and rises with energy', () => {
    const rows = readFileSync(new URL('../../test/data/stopping_si.csv', import.meta.url), 'utf8')
      .trim()
      .split('\n');
    const points = rows
      .map((row) => row.split(','))
      .filter(([model, ion]) => model === 'SRIM13' && ion !== 'Si');
    const within200 = points.filter(([, , energyKeV]) => Number(energyKeV) <= 200);
    expect(within200.length).toBeGreaterThan(60);
    for (const [, ion, energyKeV, stopping] of within200) {
      const ours = siliconElectronicStopping(ion as Ion, Number(energyKeV));
      expect(Math.abs(ours / Number(stopping) - 1), `${ion} ${energyKeV} keV`).toBeLessThan(0.025);
    }
    fc.assert(
      fc.property(
        fc.constantFrom(...ions),
        fc.double({ min: 0.1, max: 190, noNaN: true }),
        (ion, energyKeV) => {
          expect(siliconElectronicStopping(ion, energyKeV * 1.02)).toBeGreaterThan(
            siliconElectronicStopping(ion, energyKeV),
          );
        },
      ),
    );
  });

  it('repeats the Lindhard–Scharff constants and scales other targets with the measured ratio', () => {
    const expected = { B: 4.111, P: 5.557, As: 5.692, In: 5.596, Sb: 5.558 };
    for (const [ion, k] of Object.entries(expected)) {
      expect(lindhardScharffStopping(IONS[ion as Ion], SILICON, 1)).toBeCloseTo(k, 3);
    }
    const oxygen = { atomicNumber: 8, massU: 15.999 };
    expect(electronicStopping('B', oxygen, 1) / lindhardScharffStopping(IONS.B, oxygen, 1)).toBeCloseTo(
      1.4,
      10,
    );
  });

  it('the magic formula follows the scattering integral, and both fall with energy and impact parameter', () => {
    expect(halfAngleSineSquared(1, 1)).toBeCloseTo(0.0644, 4);
    expect(scatteringIntegralSineSquared(1, 1)).toBeCloseTo(0.0625, 4);
    const epsilon = fc.double({ min: 1e-3, max: 8, noNaN: true });
    const impact = fc.double({ min: 0.01, max: 2, noNaN: true });
    fc.assert(
      fc.property(epsilon, impact, (energy, b) => {
        const exact = scatteringIntegralSineSquared(energy, b);
        expect(
          Math.abs(Math.asin(Math.sqrt(halfAngleSineSquared(energy, b))) / Math.asin(Math.sqrt(exact)) - 1),
        ).toBeLessThan(0.05);
        expect(scatteringIntegralSineSquared(energy * 1.1, b)).toBeLessThan(exact);
        expect(scatteringIntegralSineSquared(energy, b * 1.1)).toBeLessThan(exact);
      }),
    );
  });

  it('a head-on collision turns the ion round whatever its energy', () => {
    for (const energy of [1e-3, 1, 100])
      expect(scatteringIntegralSineSquared(energy, 1e-6)).toBeCloseTo(1, 4);
  });

  it('splits the energy: nuclear loss below the energy, path between range and electronic range', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ions),
        fc.double({ min: 0.2, max: 200, noNaN: true }),
        (ion, energyKeV) => {
          const { nuclearLossEv, pathNm, electronicRangeNm } = slowingDown(ion, 'Si', energyKeV);
          expect(nuclearLossEv).toBeGreaterThan(0);
          expect(nuclearLossEv).toBeLessThan(energyKeV * 1000);
          expect(electronicRangeNm).toBeGreaterThan(pathNm);
        },
      ),
    );
  });
});
