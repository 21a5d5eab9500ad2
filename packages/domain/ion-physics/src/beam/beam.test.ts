import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beamMassU, type Species } from '../species.ts';
import { chargedFraction, chargeExchangeCorrection } from './charge-exchange.ts';
import { FLICKER_AT_REST, noisyCurrentMa, shotNoiseMa, stepFlicker } from './current-noise.ts';
import { beamTimeS, doseFromCharge, waferAreaCm2 } from './dose.ts';
import { magneticRigidityTm } from './magnetic-rigidity.ts';
import { beamPowerW, type CooledWafer, heatingKPerS } from './wafer-heating.ts';

const areaCm2 = waferAreaCm2(300);

describe('beam', () => {
  it.each([
    ['B', 0.0955],
    ['BF2', 0.2016],
    ['P', 0.1603],
    ['As', 0.2492],
  ] as const)('%s+ at 40 keV extraction has a rigidity of %d T·m', (species: Species, rigidity) => {
    expect(
      magneticRigidityTm({ massU: beamMassU(species), chargeState: 1, extractionEnergyKeV: 40 }),
    ).toBeCloseTo(rigidity, 4);
  });

  it('needs 11.3 s for 10¹⁵ at 10 mA on 300 mm, and the charge of that time is that dose', () => {
    expect(beamTimeS({ dosePerCm2: 1e15, beamCurrentMa: 10, areaCm2, chargeState: 1 })).toBeCloseTo(11.3, 1);
    const current = fc.double({ min: 1e-3, max: 30, noNaN: true });
    fc.assert(
      fc.property(current, fc.integer({ min: 1, max: 4 }), (beamCurrentMa, chargeState) => {
        const timeS = beamTimeS({ dosePerCm2: 3e14, beamCurrentMa, areaCm2, chargeState });
        const chargeC = timeS * beamCurrentMa * 1e-3;
        expect(doseFromCharge({ chargeC, chargeState, areaCm2 }) / 3e14).toBeCloseTo(1, 9);
      }),
    );
  });

  it('the correction for charge exchange undoes the loss', () => {
    expect(chargedFraction({ constantPerTorr: 1000, pressureTorr: 1e-4 })).toBeCloseTo(0.9048, 4);
    const gas = { constantPerTorr: 3000, pressureTorr: 5e-5 };
    const currentMa = 8 * chargedFraction(gas);
    expect(chargeExchangeCorrection({ currentMa, ...gas })).toBeCloseTo(8, 9);
  });

  it('shot noise grows with the root of the current; no noise without normals', () => {
    const beam = { currentMa: 10, bandwidthHz: 1000, chargeState: 1 };
    expect(shotNoiseMa(beam)).toBeCloseTo(1.79e-6, 8);
    expect(shotNoiseMa({ ...beam, currentMa: 40 }) / shotNoiseMa(beam)).toBeCloseTo(2, 9);
    expect(noisyCurrentMa(beam, FLICKER_AT_REST, 0)).toBe(10);
    expect(noisyCurrentMa({ ...beam, currentMa: 0 }, [-2], -1)).toBe(0);
  });

  it('flicker keeps its variance whatever the step', () => {
    for (const dtS of [0.01, 1, 50]) {
      const variance = FLICKER_AT_REST.map((_, i) => {
        const start = FLICKER_AT_REST.map((_, k) => (k === i ? 1 : 0));
        const kept = stepFlicker(start, { dtS, relativeSigma: 0.02, normals: [0, 0, 0, 0] })[i] as number;
        const fresh = stepFlicker(FLICKER_AT_REST, { dtS, relativeSigma: 0.02, normals: [1, 1, 1, 1] })[
          i
        ] as number;
        return (kept * kept * 0.02 ** 2) / 4 + fresh * fresh;
      });
      expect(variance.reduce((a, b) => a + b, 0)).toBeCloseTo(0.02 ** 2, 10);
    }
  });

  it('the beam heats the wafer, the platen cools it', () => {
    const wafer: CooledWafer = {
      diameterMm: 300,
      thicknessUm: 775,
      platenC: 25,
      backsideWPerCm2K: 0.01,
      emissivity: 0.7,
    };
    const powerW = beamPowerW({ energyKeV: 40, beamCurrentMa: 5, chargeState: 1 });
    expect(powerW).toBeCloseTo(200, 9);
    expect(heatingKPerS(wafer, 25, powerW)).toBeCloseTo(2.2, 1);
    expect(heatingKPerS(wafer, 25, 0)).toBeCloseTo(0, 9);
    expect(heatingKPerS(wafer, 100, 0)).toBeLessThan(0);
  });

  it.each([
    [
      () => magneticRigidityTm({ massU: 0, chargeState: 1, extractionEnergyKeV: 40 }),
      /massU is 0 u; .*1 to 300/,
    ],
    [
      () => beamTimeS({ dosePerCm2: 1e15, beamCurrentMa: 0, areaCm2, chargeState: 1 }),
      /beamCurrentMa is 0 mA/,
    ],
    [() => doseFromCharge({ chargeC: -1, chargeState: 1, areaCm2 }), /chargeC is -1 C/],
    [() => chargedFraction({ constantPerTorr: 10, pressureTorr: 1 }), /pressureTorr is 1 Torr; .*0\.001/],
    [() => waferAreaCm2(0), /diameterMm is 0 mm/],
    [
      () =>
        heatingKPerS(
          { diameterMm: 300, thicknessUm: 775, platenC: 25, backsideWPerCm2K: 0.01, emissivity: 0.7 },
          2000,
          0,
        ),
      /temperatureC is 2000/,
    ],
  ])('refuses input out of range by name', (call, message) => {
    expect(call).toThrow(message);
  });
});
