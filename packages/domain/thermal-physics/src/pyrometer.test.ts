import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emissivityErrorK, PYROMETER_BLIND_K, pyrometerReading, stepSensorLag } from './index.ts';

describe('the pyrometer', () => {
  it('reads the truth when the emissivity is right, above its blind limit', () => {
    fc.assert(
      fc.property(
        fc.double({ min: PYROMETER_BLIND_K, max: 1687, noNaN: true }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        (trueTemperatureK, emissivity) => {
          const reading = pyrometerReading({
            trueTemperatureK,
            trueEmissivity: emissivity,
            assumedEmissivity: emissivity,
          });
          expect(reading.ok && reading.temperatureK).toBeCloseTo(trueTemperatureK, 8);
        },
      ),
    );
  });

  it('reads 1.065 K high at 1000 degC when the wafer radiates 1 % more than assumed', () => {
    const reading = pyrometerReading({
      trueTemperatureK: 1273.15,
      trueEmissivity: 0.6868,
      assumedEmissivity: 0.68,
    });
    expect(reading.ok && reading.temperatureK - 1273.15).toBeCloseTo(1.0658, 3);
    expect(emissivityErrorK(1273.15, 0.01)).toBeCloseTo(1.0702, 3);
  });

  it('adds the noise it is given and says when it is blind', () => {
    const same = { trueEmissivity: 0.68, assumedEmissivity: 0.68 };
    const noisy = pyrometerReading({ trueTemperatureK: 1000, ...same, noiseK: 0.1 });
    expect(noisy.ok && noisy.temperatureK).toBeCloseTo(1000.1, 8);
    expect(pyrometerReading({ trueTemperatureK: 600, ...same })).toEqual({
      ok: false,
      reason: 'below-range',
      limitK: PYROMETER_BLIND_K,
    });
    expect(() => pyrometerReading({ trueTemperatureK: 1000, ...same, trueEmissivity: 0 })).toThrow(
      /trueEmissivity is 0/,
    );
  });

  it('lags by one time constant to 63.2 %, the same in two half steps', () => {
    expect(stepSensorLag(300, 400, 0.005, 0.005)).toBeCloseTo(363.212, 3);
    const half = stepSensorLag(300, 400, 0.005, 0.0025);
    expect(stepSensorLag(half, 400, 0.005, 0.0025)).toBeCloseTo(363.212, 3);
    expect(() => stepSensorLag(300, 400, 0, 1)).toThrow(/timeConstantS is 0/);
  });
});
