import { createRtpPlant } from '@spectra/thermal-physics';
import type { GasState, RtpOperatingPoint, RtpPlantModel } from '@spectra/thermal-physics';

/** The simulated chamber in numbers. Design values of this product for a single-wafer lamp system. */
export const CHAMBER = {
  zoneCount: 4,
  /** The thermal model holds for wafers that radiate at least this much. */
  emissivityMin: 0.1,
  thermocoupleLagS: 0.3,
  purgeN2FlowSlm: 10,
  atmosphereTorr: 760,
  /** The wafer may be taken out below this. */
  unloadC: 350,
  overTemperatureC: 1250,
} as const;

/** Zero of the Celsius scale in kelvin. */
export const ZERO_CELSIUS_K = 273.15;

const models = new Map<number, RtpPlantModel>();

/** The chamber's thermal model for a wafer size; built once, never changed. */
export function chamberModel(waferDiameterMm: 200 | 300): RtpPlantModel {
  const known = models.get(waferDiameterMm);
  if (known) return known;
  const built = createRtpPlant({
    zoneCount: CHAMBER.zoneCount,
    waferDiameterMm,
  });
  models.set(waferDiameterMm, built);
  return built;
}

/** What of a recipe decides how fast the chamber can heat and cool. */
export interface ChamberConditions {
  readonly gas: GasState;
  readonly emissivity: number;
  readonly waferDiameterMm: 200 | 300;
}

/** A temperature in the chamber under a recipe's conditions. */
export function operatingPoint(conditions: ChamberConditions, tempC: number): RtpOperatingPoint {
  return {
    temperatureK: tempC + ZERO_CELSIUS_K,
    gas: conditions.gas,
    emissivityOverride: Math.max(CHAMBER.emissivityMin, conditions.emissivity),
  };
}
