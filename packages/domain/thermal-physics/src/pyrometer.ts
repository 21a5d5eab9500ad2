import { CELSIUS_OFFSET_K, SECOND_RADIATION_UM_K, SILICON_MELTING_K } from './physical-constants.ts';
import { requireInRange } from './require-in-range.ts';

/** Below this temperature the pyrometer sees no usable signal and a thermocouple must be read. */
export const PYROMETER_BLIND_K = CELSIUS_OFFSET_K + 400;

/** What a pyrometer reports: a temperature, or that it is blind (with the limit it is below). */
export type PyrometerReading =
  | { ok: true; temperatureK: number }
  | { ok: false; reason: 'below-range'; limitK: number };

/**
 * Reading of a single-wavelength radiation pyrometer.
 *
 * 1/T_read = 1/T + (lambda/c2) ln(eps_assumed / eps_true), plus noise; for small errors
 * T_read - T = (lambda T^2/c2)(d eps/eps)
 *
 * T: true temperature (K); eps: emissivity at lambda (dimensionless); lambda: wavelength (µm, default 0.95);
 * c2 = 14388 µm K; noise: one normal draw already scaled (K), given by the caller.
 * Source: Wien's limit of Planck's law, DeWitt & Nutter, "Theory and Practice of Radiation Thermometry" (1988),
 * ch. 1. Range: 250-1687 K true (blind below 673 K), emissivities 0.01-1, wavelength 0.4-5 µm (Wien holds within
 * 0.1 % while lambda T < 2900 µm K).
 * Worked value: 1273.15 K, true emissivity 1 % above the assumed one: reads 1.065 K high.
 */
export function pyrometerReading(input: {
  trueTemperatureK: number;
  trueEmissivity: number;
  assumedEmissivity: number;
  noiseK?: number;
  wavelengthUm?: number;
}): PyrometerReading {
  const { trueTemperatureK, trueEmissivity, assumedEmissivity, noiseK = 0, wavelengthUm = 0.95 } = input;
  requireInRange('trueTemperatureK', trueTemperatureK, 250, SILICON_MELTING_K + 100);
  requireInRange('trueEmissivity', trueEmissivity, 0.01, 1);
  requireInRange('assumedEmissivity', assumedEmissivity, 0.01, 1);
  requireInRange('noiseK', noiseK, -100, 100);
  requireInRange('wavelengthUm', wavelengthUm, 0.4, 5);
  if (trueTemperatureK < PYROMETER_BLIND_K) {
    return { ok: false, reason: 'below-range', limitK: PYROMETER_BLIND_K };
  }
  const inverse =
    1 / trueTemperatureK +
    (wavelengthUm / SECOND_RADIATION_UM_K) * Math.log(assumedEmissivity / trueEmissivity);
  return { ok: true, temperatureK: 1 / inverse + noiseK };
}

/**
 * Temperature error (K) that a relative emissivity error causes, to first order.
 *
 * dT = (lambda T^2 / c2)(d eps / eps)
 *
 * Symbols and source as for `pyrometerReading`. Range: 250-1687 K, |d eps/eps| up to 1.
 * Worked value: 1 % at 1273.15 K and 0.95 µm: 1.070 K.
 */
export function emissivityErrorK(
  temperatureK: number,
  relativeEmissivityError: number,
  wavelengthUm = 0.95,
): number {
  requireInRange('temperatureK', temperatureK, 250, SILICON_MELTING_K);
  requireInRange('relativeEmissivityError', relativeEmissivityError, -1, 1);
  requireInRange('wavelengthUm', wavelengthUm, 0.4, 5);
  return ((wavelengthUm * temperatureK ** 2) / SECOND_RADIATION_UM_K) * relativeEmissivityError;
}

/**
 * First-order lag of a sensor, advanced by one step: the pyrometer's 2-10 ms or a thermocouple's tenths of a second.
 *
 * y' = x + (y - x) e^(-dt/tau)
 *
 * y: sensor output (K), x: what it looks at (K), tau: time constant (s), dt: step (s). Exact for constant x, so
 * it holds for any step. Range: tau 0.0001-100 s, dt 0-3600 s.
 * Worked value: from 300 K towards 400 K with tau = dt: 363.212 K.
 */
export function stepSensorLag(sensorK: number, targetK: number, timeConstantS: number, dtS: number): number {
  requireInRange('timeConstantS', timeConstantS, 1e-4, 100);
  requireInRange('dtS', dtS, 0, 3600);
  return targetK + (sensorK - targetK) * Math.exp(-dtS / timeConstantS);
}
