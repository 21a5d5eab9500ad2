import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createRtpPlant,
  initialRtpPlantState,
  type RtpPlantInputs,
  type RtpPlantState,
  reachableRamp,
  siliconSpecificHeatJPerKgK,
  steadyLampFraction,
  stepRtpPlant,
  temperatureCeilingK,
} from './index.ts';

const nominal = createRtpPlant({ zoneCount: 4, waferDiameterMm: 300 });
const nitrogen = { n2FlowSlm: 10, o2FlowSlm: 0, pressureTorr: 760 };

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const anyInputs = fc.record({
  lampPowerFraction: fc.array(fraction, { minLength: 4, maxLength: 4 }),
  n2FlowSlm: fc.double({ min: 0, max: 50, noNaN: true }),
  o2FlowSlm: fc.double({ min: 0, max: 50, noNaN: true }),
  pressureTorr: fc.double({ min: 0.001, max: 1000, noNaN: true }),
});
const anyRun = fc.array(fc.tuple(anyInputs, fc.double({ min: 0.001, max: 5, noNaN: true })), {
  minLength: 1,
  maxLength: 12,
});

function at(state: RtpPlantState, zone = 0): number {
  return state.waferTemperatureK[zone] ?? Number.NaN;
}

function mean(state: RtpPlantState): number {
  const total = nominal.wafer.zoneAreaCm2.reduce((sum, area) => sum + area, 0);
  return nominal.wafer.zoneAreaCm2.reduce((sum, area, i) => sum + (area * at(state, i)) / total, 0);
}

function runFor(state: RtpPlantState, inputs: RtpPlantInputs, timeS: number, dtS: number): RtpPlantState {
  let now = state;
  for (let step = 0; step < Math.round(timeS / dtS); step += 1)
    now = stepRtpPlant(nominal, now, inputs, dtS).state;
  return now;
}

/** Wafer held at a temperature by the lamps, filaments settled. */
function heldAt(temperatureK: number): { state: RtpPlantState; lampPowerFraction: number[] } {
  const lampPowerFraction = steadyLampFraction(nominal, temperatureK);
  const state = initialRtpPlantState(nominal, { temperatureK });
  return {
    state: { ...state, lampDriveFraction: lampPowerFraction, lampRadiantFraction: lampPowerFraction },
    lampPowerFraction,
  };
}

describe('laws of the RTP plant', () => {
  it('absorbed energy equals radiated plus convected plus stored to 1e-6, on any run', () => {
    fc.assert(
      fc.property(anyRun, fc.double({ min: 280, max: 1600, noNaN: true }), (run, temperatureK) => {
        let state = initialRtpPlantState(nominal, { temperatureK });
        for (const [inputs, dtS] of run) {
          const { state: next, energy } = stepRtpPlant(nominal, state, inputs, dtS);
          const turnover =
            Math.abs(energy.absorbedJ) +
            Math.abs(energy.radiatedJ) +
            Math.abs(energy.convectedJ) +
            Math.abs(energy.storedJ);
          const residual = energy.absorbedJ - energy.radiatedJ - energy.convectedJ - energy.storedJ;
          expect(Math.abs(residual)).toBeLessThanOrEqual(1e-6 * turnover + 1e-9);
          const wall = energy.radiatedJ + energy.convectedJ - energy.coolantJ - energy.wallStoredJ;
          expect(Math.abs(wall)).toBeLessThanOrEqual(1e-6 * turnover + 1e-9);
          state = next;
        }
      }),
      { numRuns: 60 },
    );
  });

  it('stores what rho c_p d A dT says, computed apart from the plant', () => {
    const start = initialRtpPlantState(nominal, { temperatureK: 700 });
    const { state, energy } = stepRtpPlant(
      nominal,
      start,
      { lampPowerFraction: [1, 1, 1, 1], ...nitrogen },
      0.5,
    );
    let storedJ = 0;
    nominal.wafer.zoneAreaCm2.forEach((areaCm2, zone) => {
      const massKg = 2330 * areaCm2 * 1e-4 * 775e-6;
      const cells = 2000;
      const dT = (at(state, zone) - 700) / cells;
      for (let i = 0; i < cells; i += 1)
        storedJ += massKg * siliconSpecificHeatJPerKgK(700 + (i + 0.5) * dT) * dT;
    });
    expect(energy.storedJ / storedJ).toBeCloseTo(1, 7);
  });

  it('never cools below the coolant nor heats above what the lamps allow', () => {
    const ceilingK = temperatureCeilingK(nominal);
    fc.assert(
      fc.property(anyRun, fc.double({ min: 298.15, max: 1500, noNaN: true }), (run, temperatureK) => {
        let state = initialRtpPlantState(nominal, { temperatureK });
        for (const [inputs, dtS] of run) {
          state = stepRtpPlant(nominal, state, inputs, dtS).state;
          for (const zoneK of state.waferTemperatureK) {
            expect(zoneK).toBeGreaterThan(298.15 - 1e-3);
            expect(zoneK).toBeLessThan(ceilingK + 1e-3);
          }
          expect(state.wallTemperatureK).toBeGreaterThan(298.15 - 1e-6);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('more lamp power never makes any zone colder', () => {
    fc.assert(
      fc.property(
        anyInputs,
        fc.array(fraction, { minLength: 4, maxLength: 4 }),
        fc.double({ min: 0.05, max: 20, noNaN: true }),
        (inputs, extra, dtS) => {
          const start = initialRtpPlantState(nominal, { temperatureK: 600 });
          const more = inputs.lampPowerFraction.map((u, i) => Math.min(1, u + (extra[i] ?? 0)));
          const less = stepRtpPlant(nominal, start, inputs, dtS).state;
          const hotter = stepRtpPlant(nominal, start, { ...inputs, lampPowerFraction: more }, dtS).state;
          less.waferTemperatureK.forEach((temperatureK, zone) => {
            expect(at(hotter, zone)).toBeGreaterThanOrEqual(temperatureK - 1e-3);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('the steady state does not depend on the step', () => {
    const inputs = { lampPowerFraction: [0.2, 0.25, 0.22, 0.3], ...nitrogen };
    const start = initialRtpPlantState(nominal, { temperatureK: 298.15 });
    const coarse = runFor(start, inputs, 900, 15);
    const fine = runFor(start, inputs, 900, 0.1);
    coarse.waferTemperatureK.forEach((temperatureK, zone) => {
      expect(Math.abs(temperatureK - at(fine, zone))).toBeLessThan(0.01);
    });
    const later = runFor(coarse, inputs, 600, 15);
    expect(Math.abs(at(later) - at(coarse))).toBeLessThan(0.01);
  });

  it('one long step gives what many short ones give, in a ramp too', () => {
    const inputs = { lampPowerFraction: [0.9, 0.8, 0.9, 1], ...nitrogen };
    const start = initialRtpPlantState(nominal, { temperatureK: 298.15 });
    const whole = stepRtpPlant(nominal, start, inputs, 2).state;
    const parts = runFor(start, inputs, 2, 0.02);
    whole.waferTemperatureK.forEach((temperatureK, zone) => {
      expect(Math.abs(temperatureK - at(parts, zone))).toBeLessThan(0.01);
    });
    whole.lampRadiantFraction.forEach((light, zone) => {
      expect(light).toBeCloseTo(parts.lampRadiantFraction[zone] ?? 0, 10);
    });
  });

  it('stays finite at the corners of every legal recipe', () => {
    for (const temperatureK of [278.15, 298.15, 1523.15, 1673.15]) {
      for (const power of [0, 1]) {
        for (const pressureTorr of [0.001, 1000]) {
          const inputs = {
            lampPowerFraction: [power, power, power, power],
            n2FlowSlm: 0,
            o2FlowSlm: 100,
            pressureTorr,
          };
          const state = stepRtpPlant(
            nominal,
            initialRtpPlantState(nominal, { temperatureK }),
            inputs,
            60,
          ).state;
          for (const zoneK of state.waferTemperatureK) expect(Number.isFinite(zoneK)).toBe(true);
        }
      }
    }
  });

  it('leaves its input untouched and its state survives JSON', () => {
    const { state, lampPowerFraction } = heldAt(1173.15);
    const copy = JSON.parse(JSON.stringify(state));
    const inputs = { lampPowerFraction, ...nitrogen };
    const next = stepRtpPlant(JSON.parse(JSON.stringify(nominal)), copy, inputs, 0.1).state;
    expect(copy).toEqual(state);
    expect(next).toEqual(stepRtpPlant(nominal, state, inputs, 0.1).state);
  });
});

describe('the nominal chamber', () => {
  it.each([4, 5, 6] as const)(
    'with %i zones is uniform within 1.5 degC at its own feed-forward',
    (zoneCount) => {
      for (const waferDiameterMm of [200, 300] as const) {
        const model = createRtpPlant({ zoneCount, waferDiameterMm });
        for (const celsius of [700, 1000, 1100]) {
          const lampPowerFraction = steadyLampFraction(model, celsius + 273.15);
          let state = initialRtpPlantState(model, { temperatureK: celsius + 273.15 });
          for (let i = 0; i < 30; i += 1)
            state = stepRtpPlant(model, state, { lampPowerFraction, ...nitrogen }, 1).state;
          const spreadK = Math.max(...state.waferTemperatureK) - Math.min(...state.waferTemperatureK);
          expect(spreadK).toBeLessThan(1.5);
        }
      }
    },
  );

  it('heats from 25 degC to a mean of 262.5 degC in the first second at full power', () => {
    const start = initialRtpPlantState(nominal, { temperatureK: 298.15 });
    const state = runFor(start, { lampPowerFraction: [1, 1, 1, 1], ...nitrogen }, 1, 0.1);
    expect(mean(state) - 273.15).toBeCloseTo(262.48, 1);
  });

  it('can ramp 250 degC/s at 1050 degC, as a spike anneal needs', () => {
    expect(reachableRamp(nominal, { temperatureK: 1323.15 }).upCPerS).toBeGreaterThan(250);
  });

  it('cools 43.7 degC/s at 700 degC and cannot follow 40 degC/s at 650 degC', () => {
    expect(reachableRamp(nominal, { temperatureK: 973.15 }).downCPerS).toBeCloseTo(43.74, 1);
    expect(reachableRamp(nominal, { temperatureK: 923.15 }).downCPerS).toBeLessThan(40);
  });

  it('ramps in fact as fast as reachableRamp says', () => {
    const { state } = heldAt(1273.15);
    const full = { ...state, lampDriveFraction: [1, 1, 1, 1], lampRadiantFraction: [1, 1, 1, 1] };
    const after = stepRtpPlant(nominal, full, { lampPowerFraction: [1, 1, 1, 1], ...nitrogen }, 0.01).state;
    const told = reachableRamp(nominal, { temperatureK: 1273.15 }).upCPerS;
    expect(Math.min(...after.waferTemperatureK.map((value) => (value - 1273.15) / 0.01))).toBeCloseTo(
      told,
      -0.5,
    );
  });

  it('needs 0.2916 of centre-zone power to hold 1000 degC and stays there', () => {
    const { state, lampPowerFraction } = heldAt(1273.15);
    expect(lampPowerFraction[0]).toBeCloseTo(0.2916, 3);
    const after = stepRtpPlant(nominal, state, { lampPowerFraction, ...nitrogen }, 0.1).state;
    expect(Math.abs(at(after) - 1273.15)).toBeLessThan(0.01);
  });

  it('grows oxide in oxygen and none in nitrogen', () => {
    const { state, lampPowerFraction } = heldAt(1273.15);
    const dry = runFor(state, { lampPowerFraction, n2FlowSlm: 0, o2FlowSlm: 10, pressureTorr: 760 }, 60, 1);
    const inert = runFor(state, { lampPowerFraction, ...nitrogen }, 60, 1);
    expect(dry.oxideThicknessNm[0]).toBeGreaterThan(3);
    expect(inert.oxideThicknessNm[0]).toBe(1);
  });

  it('runs colder at the same power when its wafer radiates more', () => {
    const { state, lampPowerFraction } = heldAt(1273.15);
    const black = runFor(state, { lampPowerFraction, ...nitrogen, emissivityOverride: 0.8 }, 10, 0.5);
    expect(at(black)).toBeLessThan(1273.15 - 20);
  });
});

describe('refusals of the plant', () => {
  const start = initialRtpPlantState(nominal, { temperatureK: 298.15 });
  it('name the field, the value and the limit', () => {
    const go =
      (inputs: RtpPlantInputs, dtS = 0.1) =>
      () =>
        stepRtpPlant(nominal, start, inputs, dtS);
    expect(go({ lampPowerFraction: [1.2, 0, 0, 0], ...nitrogen })).toThrow(
      /lampPowerFraction is 1.2.*0 and 1/,
    );
    expect(go({ lampPowerFraction: [1, 0, 0], ...nitrogen })).toThrow(/lampPowerFraction has 3 values.*4/);
    expect(go({ lampPowerFraction: [0, 0, 0, 0], ...nitrogen, pressureTorr: 0 })).toThrow(
      /pressureTorr is 0/,
    );
    expect(go({ lampPowerFraction: [0, 0, 0, 0], ...nitrogen }, 61)).toThrow(/dtS is 61.*60/);
    expect(go({ lampPowerFraction: [0, Number.NaN, 0, 0], ...nitrogen })).toThrow(RangeError);
    expect(() => initialRtpPlantState(nominal, { temperatureK: 200 })).toThrow(/temperatureK is 200/);
    expect(() => createRtpPlant({ zoneCount: 4, waferDiameterMm: 300, lampHeightMm: 100 })).toThrow(
      /lampHeightMm/,
    );
    expect(() => createRtpPlant({ zoneCount: 4, waferDiameterMm: 300, lampAgeing: [1] })).toThrow(
      /lampAgeing/,
    );
    expect(() => reachableRamp(nominal, { temperatureK: 2000 })).toThrow(/temperatureK is 2000/);
  });
});
