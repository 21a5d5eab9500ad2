import { normalAt } from '@spectra/run-engine';
import { pyrometerReading } from '@spectra/thermal-physics';
import { CHAMBER, ZERO_CELSIUS_K } from './chamber.ts';
import { activeFault } from './faults.ts';
import type { RtpPlant, RtpReadings } from './types.ts';

/** Random streams of the plant. */
export const STREAM = { pyrometer: 1, thermocouple: 2, gas: 3, offset: 4 } as const;

/** One sigma of each sensor. */
const NOISE = {
  pyrometerK: 0.1,
  thermocoupleK: 0.2,
  flowSlm: 0.01,
  pressureShare: 5e-4,
  lampPct: 0.05,
} as const;
const SILICON_LIMIT_K = 1690;

/**
 * Sensor readings of a chamber. The pyrometer's own lag (milliseconds) lies far below the control step and is left
 * out; at its wavelength silicon is opaque at every temperature, so one emissivity holds for all of them.
 */
export function readSensors(plant: Omit<RtpPlant, 'readings'>): RtpReadings {
  const { constants, counter } = plant;
  const { seed, noiseScale } = constants;
  const zones = CHAMBER.zoneCount;
  const noise = (stream: number, part: number) => noiseScale * normalAt(seed, stream, counter * 8 + part);
  return {
    pyrometerC: plant.chamber.waferTemperatureK.map((temperatureK, zone) =>
      pyrometerC(plant, temperatureK, noise(STREAM.pyrometer, zone)),
    ),
    thermocoupleC: plant.thermocoupleK.map(
      (sensorK, zone) =>
        sensorK -
        ZERO_CELSIUS_K +
        (constants.thermocoupleOffsetK[zone] ?? 0) +
        NOISE.thermocoupleK * noise(STREAM.thermocouple, zone),
    ),
    lampPowerPct: plant.chamber.lampDriveFraction.map((drive) => 100 * drive),
    n2FlowSlm: Math.max(0, plant.gas.n2FlowSlm + NOISE.flowSlm * noise(STREAM.gas, 0)),
    o2FlowSlm: Math.max(
      0,
      plant.gas.o2FlowSlm + (plant.gas.o2FlowSlm > 0.01 ? NOISE.flowSlm * noise(STREAM.gas, 1) : 0),
    ),
    pressureTorr: plant.gas.pressureTorr * (1 + NOISE.pressureShare * noise(STREAM.gas, zones)),
  };
}

function pyrometerC(plant: Omit<RtpPlant, 'readings'>, temperatureK: number, normal: number): number | null {
  const { faults, emissivity } = plant.constants;
  if (activeFault(faults, 'pyrometer_loss', plant.timeS)) return null;
  const shift = activeFault(faults, 'emissivity_shift', plant.timeS)?.magnitude ?? 0;
  const factor = activeFault(faults, 'pyrometer_noise', plant.timeS)?.magnitude ?? 1;
  const drift = activeFault(faults, 'pyrometer_drift', plant.timeS);
  const reading = pyrometerReading({
    trueTemperatureK: Math.min(SILICON_LIMIT_K, temperatureK),
    trueEmissivity: Math.min(1, Math.max(0.01, emissivity * (1 + shift))),
    assumedEmissivity: emissivity,
    noiseK: Math.min(99, Math.max(-99, NOISE.pyrometerK * factor * normal)),
  });
  if (!reading.ok) return null;
  return reading.temperatureK - ZERO_CELSIUS_K + (drift ? drift.magnitude * drift.lastedS : 0);
}
