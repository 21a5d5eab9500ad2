import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DoseIntegratorSettings } from './dose-integrator.ts';
import { doseRatePerCm2S, initialDoseIntegratorState, stepDoseIntegrator } from './dose-integrator.ts';

const settings: DoseIntegratorSettings = {
  chargeState: 1,
  scannedAreaCm2: 1000,
  exchangeCrossSectionCm2: 1e-15,
  exchangePathCm: 100,
};

function integrate(
  samples: readonly { beamCurrentMa: number; pressureTorr: number; dtS: number }[],
  from = 0,
): number {
  let state = initialDoseIntegratorState(from);
  for (const sample of samples) state = stepDoseIntegrator(settings, state, sample).state;
  return state.sumPerCm2 + state.carryPerCm2;
}

describe('stepDoseIntegrator', () => {
  it('is exact for a constant current, however the time is cut', () => {
    const steps = fc.array(fc.double({ min: 1e-3, max: 1, noNaN: true }), { minLength: 1, maxLength: 500 });
    fc.assert(
      fc.property(steps, fc.double({ min: 0.1, max: 50, noNaN: true }), (times, beamCurrentMa) => {
        const total = times.reduce((sum, dtS) => sum + dtS, 0);
        const dose = integrate(times.map((dtS) => ({ beamCurrentMa, pressureTorr: 0, dtS })));
        expect(dose / (doseRatePerCm2S(settings, beamCurrentMa) * total)).toBeCloseTo(1, 12);
      }),
    );
  });

  it('loses nothing when a small dose is added to a large one a million times', () => {
    const sample = { beamCurrentMa: 0.001, pressureTorr: 0, dtS: 1e-3 };
    let state = initialDoseIntegratorState(1e16);
    let added = 0;
    for (let i = 0; i < 100_000; i += 1) added = stepDoseIntegrator(settings, state, sample).dosePerCm2;
    for (let i = 0; i < 100_000; i += 1) state = stepDoseIntegrator(settings, state, sample).state;
    const expected = doseRatePerCm2S(settings, 0.001) * 100;
    expect(added).toBeGreaterThan(1e16);
    expect((state.sumPerCm2 - 1e16 + state.carryPerCm2) / expected).toBeCloseTo(1, 9);
  });

  it('repeats the worked value', () => {
    expect(integrate([{ beamCurrentMa: 1, pressureTorr: 0, dtS: 10 }])).toBeCloseTo(6.2415e13, -9);
  });

  it('counts the neutrals that the cup misses, more of them at higher pressure', () => {
    const at = (pressureTorr: number) =>
      stepDoseIntegrator(settings, initialDoseIntegratorState(), { beamCurrentMa: 1, pressureTorr, dtS: 1 });
    expect(at(1e-5).correctedCurrentMa).toBeCloseTo(Math.exp(3.2188e16 * 1e-5 * 1e-13), 12);
    expect(at(2e-5).dosePerCm2).toBeGreaterThan(at(1e-5).dosePerCm2);
    expect(at(1e-5).pressureOutOfRange).toBe(false);
    expect(at(1).pressureOutOfRange).toBe(true);
    expect(at(1).correctedCurrentMa).toBeCloseTo(Math.exp(0.5), 12);
  });

  it('halves the dose of doubly charged ions', () => {
    expect(doseRatePerCm2S({ ...settings, chargeState: 2 }, 3) * 2).toBeCloseTo(
      doseRatePerCm2S(settings, 3),
      0,
    );
  });
});
