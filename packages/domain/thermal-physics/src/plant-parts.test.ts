import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createRtpPlant,
  gasHeatTransferWPerCm2K,
  initialRtpPlantState,
  lampAbsorptivity,
  lampAfter,
  linearise,
  siliconConductivityWPerCmK,
  siliconEmissivity,
  siliconSpecificHeatJPerKgK,
  steadyLampFraction,
  stepRtpPlant,
  temperatureCeilingK,
} from './index.ts';
import { lampCouplingMatrix, ringIrradiancePerCm2 } from './lamp-coupling.ts';
import { siliconEnthalpyJPerKg, temperatureFromEnthalpyK } from './silicon-enthalpy.ts';

const model = createRtpPlant({ zoneCount: 4, waferDiameterMm: 300 });

describe('silicon properties', () => {
  it('have their worked values', () => {
    expect(siliconSpecificHeatJPerKgK(1000)).toBeCloseTo(930.04, 1);
    expect(siliconSpecificHeatJPerKgK(300)).toBe(711);
    expect(siliconConductivityWPerCmK(1200)).toBeCloseTo(0.23624, 4);
    expect(siliconEmissivity(873.15)).toBeCloseTo(0.6801, 3);
    expect(lampAbsorptivity(300)).toBeCloseTo(0.45004, 4);
  });

  it('refuse what is not solid silicon', () => {
    for (const property of [
      siliconSpecificHeatJPerKgK,
      siliconConductivityWPerCmK,
      siliconEmissivity,
      lampAbsorptivity,
    ]) {
      expect(() => property(1700)).toThrow(/temperatureK is 1700.*1687/);
      expect(() => property(100)).toThrow(/temperatureK is 100/);
    }
    expect(() => siliconEmissivity(1000, 1.5)).toThrow(/opaqueEmissivity is 1.5/);
  });

  it('enthalpy is the integral of specific heat and inverts exactly', () => {
    let integral = 0;
    for (let i = 0; i < 20_000; i += 1) {
      integral += siliconSpecificHeatJPerKgK(298.15 + (i + 0.5) * 0.04875) * 0.04875;
    }
    const rise = siliconEnthalpyJPerKg(1273.15) - siliconEnthalpyJPerKg(298.15);
    expect(rise / integral).toBeCloseTo(1, 9);
    expect(rise / 866_068).toBeCloseTo(1, 5);
    fc.assert(
      fc.property(fc.double({ min: 260, max: 1800, noNaN: true }), (temperatureK) => {
        expect(temperatureFromEnthalpyK(siliconEnthalpyJPerKg(temperatureK), 900)).toBeCloseTo(
          temperatureK,
          6,
        );
      }),
    );
  });
});

describe('lamps', () => {
  it('under slew 4/s and a 0.15 s filament give 0.51333 after 0.25 s', () => {
    const state = lampAfter(
      { driveFraction: 0, radiantFraction: 0 },
      1,
      { slewPerS: 4, timeConstantS: 0.15 },
      0.25,
    );
    expect(state.driveFraction).toBe(1);
    expect(state.radiantFraction).toBeCloseTo(0.51333, 4);
  });

  it('give the same in two steps as in one and stay between 0 and 1', () => {
    const fraction = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fraction,
        fraction,
        fraction,
        fc.double({ min: 0, max: 2, noNaN: true }),
        (drive, light, command, timeS) => {
          const dynamics = { slewPerS: 4, timeConstantS: 0.15 };
          const start = { driveFraction: drive, radiantFraction: light };
          const whole = lampAfter(start, command, dynamics, timeS);
          const half = lampAfter(
            lampAfter(start, command, dynamics, timeS / 2),
            command,
            dynamics,
            timeS / 2,
          );
          expect(half.radiantFraction).toBeCloseTo(whole.radiantFraction, 10);
          expect(half.driveFraction).toBeCloseTo(whole.driveFraction, 10);
          expect(whole.radiantFraction).toBeGreaterThanOrEqual(-1e-12);
          expect(whole.radiantFraction).toBeLessThanOrEqual(1 + 1e-12);
        },
      ),
    );
  });

  it('share out less light than they give, each zone most onto its own ring', () => {
    const coupling = lampCouplingMatrix({ zones: 5, waferRadiusCm: 15, heightCm: 2 });
    for (let lamp = 0; lamp < 5; lamp += 1) {
      const column = coupling.map((row) => row[lamp] ?? 0);
      expect(column.reduce((sum, share) => sum + share, 0)).toBeLessThan(1);
      expect(Math.max(...column)).toBe(column[lamp]);
    }
    expect(ringIrradiancePerCm2(0, 0, 2)).toBeCloseTo(1 / (Math.PI * 4), 12);
    expect(() => lampCouplingMatrix({ zones: 0, waferRadiusCm: 15, heightCm: 2 })).toThrow(/zones is 0/);
  });

  it('light a wafer of the nominal chamber evenly when all stand at one power', () => {
    expect(model.wafer.zoneAreaCm2[0]).toBeCloseTo(44.179, 3);
    model.lamp.coupling.forEach((row, ring) => {
      const lightW = row.reduce(
        (sum, share, lamp) => sum + share * (model.lamp.radiantPowerMaxW[lamp] ?? 0),
        0,
      );
      expect(lightW / (model.wafer.zoneAreaCm2[ring] ?? 1)).toBeCloseTo(105, 9);
    });
    for (const powerW of model.lamp.radiantPowerMaxW) expect(powerW).toBeGreaterThan(0);
    expect(temperatureCeilingK(model)).toBeCloseTo(1744.5, 0);
  });
});

describe('gas', () => {
  const at = (pressureTorr: number, n2FlowSlm = 10, o2FlowSlm = 0) =>
    gasHeatTransferWPerCm2K({
      gas: { n2FlowSlm, o2FlowSlm, pressureTorr },
      filmTemperatureK: 800,
      gapCm: 2,
      diameterCm: 30,
    });

  it('carries 3.37e-4 W/(cm2 K) at 10 slm, 760 torr and 800 K', () => {
    expect(at(760) / 3.37e-4).toBeCloseTo(1, 2);
  });

  it('carries more with pressure and flow, and next to nothing in vacuum', () => {
    expect(at(1)).toBeLessThan(at(760));
    expect(at(760, 50)).toBeGreaterThan(at(760, 10));
    expect(at(0.001, 0)).toBeLessThan(0.05 * at(760));
    expect(at(760, 0, 10)).not.toBe(at(760, 10, 0));
    expect(() => at(5000)).toThrow(/pressureTorr is 5000/);
    expect(() => at(760, -1)).toThrow(/n2FlowSlm is -1/);
  });
});

describe('the linear model', () => {
  it('foresees a small move of the plant within 1 %', () => {
    const temperatureK = 1273.15;
    const dtS = 0.1;
    const { A, B, steady } = linearise(model, temperatureK, dtS);
    expect(A[4]?.[4]).toBeCloseTo(0.51342, 4);
    const rest = initialRtpPlantState(model, { temperatureK });
    const fast = { ...model, lamp: { ...model.lamp, slewPerS: 1000 } };
    let state = { ...rest, lampDriveFraction: steady.lampFraction, lampRadiantFraction: steady.lampFraction };
    let x = Array.from({ length: 8 }, () => 0);
    const move = [0.01, 0, -0.005, 0.008];
    const lampPowerFraction = steady.lampFraction.map((fraction, zone) => fraction + (move[zone] ?? 0));
    for (let step = 0; step < 10; step += 1) {
      state = stepRtpPlant(
        fast,
        state,
        { lampPowerFraction, n2FlowSlm: 10, o2FlowSlm: 0, pressureTorr: 760 },
        dtS,
      ).state;
      x = A.map(
        (row, i) =>
          row.reduce((sum, value, j) => sum + value * (x[j] ?? 0), 0) +
          (B[i] ?? []).reduce((sum, value, j) => sum + value * (move[j] ?? 0), 0),
      );
    }
    const largest = Math.max(...x.slice(0, 4).map(Math.abs));
    state.waferTemperatureK.forEach((zoneK, zone) => {
      expect(Math.abs(zoneK - temperatureK - (x[zone] ?? 0))).toBeLessThan(0.015 * largest);
    });
  });

  it('refuses a sampling time of zero', () => {
    expect(() => linearise(model, 1273.15, 0)).toThrow(/dtS is 0/);
    expect(steadyLampFraction(model, 1273.15)).toHaveLength(4);
  });
});
