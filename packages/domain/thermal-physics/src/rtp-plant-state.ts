import { requireInRange } from './require-in-range.ts';
import type { RtpPlantModel } from './rtp-plant-model.ts';

/** Everything that changes in the chamber; plain numbers, so it can be stored and replayed as JSON. */
export type RtpPlantState = {
  /** Temperature of each wafer ring. */
  waferTemperatureK: number[];
  /** Power-supply output of each lamp zone, fraction of full power. */
  lampDriveFraction: number[];
  /** Light of each lamp zone, fraction of full power. */
  lampRadiantFraction: number[];
  wallTemperatureK: number;
  /** Oxide on each wafer ring. */
  oxideThicknessNm: number[];
};

/** What the caller sets for one step. */
export type RtpPlantInputs = {
  lampPowerFraction: readonly number[];
  n2FlowSlm: number;
  o2FlowSlm: number;
  pressureTorr: number;
  /** Opaque-limit emissivity of this wafer when films change it. */
  emissivityOverride?: number;
};

/** Energy that flowed during one step, J over the whole wafer; absorbed = radiated + convected + stored. */
export type RtpEnergyBalance = {
  absorbedJ: number;
  radiatedJ: number;
  convectedJ: number;
  storedJ: number;
  /** Heat the cooling water took from the wall. */
  coolantJ: number;
  /** Heat that stayed in the wall: wallStored = radiated + convected - coolant. */
  wallStoredJ: number;
  /** Electric energy drawn by the lamps. */
  lampElectricJ: number;
};

/** Lowest temperature, in kelvin, a chamber may start at (5 degC). */
export const PLANT_TEMPERATURE_MIN_K = 278.15;

/** Highest temperature, in kelvin, a chamber may start at (1400 degC, still solid silicon). */
export const PLANT_TEMPERATURE_MAX_K = 1673.15;

/** A chamber at rest: uniform wafer, lamps off, wall at coolant temperature, native oxide of 1 nm. */
export function initialRtpPlantState(
  model: RtpPlantModel,
  start: { temperatureK: number; oxideThicknessNm?: number },
): RtpPlantState {
  const { temperatureK, oxideThicknessNm = 1 } = start;
  requireInRange('temperatureK', temperatureK, PLANT_TEMPERATURE_MIN_K, PLANT_TEMPERATURE_MAX_K);
  requireInRange('oxideThicknessNm', oxideThicknessNm, 0, 10_000);
  const perZone = (value: number) => Array.from({ length: model.wafer.zones }, () => value);
  return {
    waferTemperatureK: perZone(temperatureK),
    lampDriveFraction: perZone(0),
    lampRadiantFraction: perZone(0),
    wallTemperatureK: model.wall.coolantTemperatureK,
    oxideThicknessNm: perZone(oxideThicknessNm),
  };
}
