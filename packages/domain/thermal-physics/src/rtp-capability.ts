import { type GasState, prepareConvection, requireGas } from './gas-convection.ts';
import { solveLinear } from './linear-algebra.ts';
import { requireInRange } from './require-in-range.ts';
import type { RtpPlantModel } from './rtp-plant-model.ts';
import { PLANT_TEMPERATURE_MAX_K, PLANT_TEMPERATURE_MIN_K } from './rtp-plant-state.ts';
import { absorptivityUnchecked, specificHeatUnchecked } from './silicon-thermal.ts';
import { createHeatFlow, fillHeatFlow, ringMassKg } from './wafer-heat-flow.ts';

/** Where a capability question is asked: temperature, and gas, wall and emissivity if not the usual ones. */
export type RtpOperatingPoint = {
  temperatureK: number;
  gas?: GasState;
  wallTemperatureK?: number;
  emissivityOverride?: number;
};

/** Nitrogen at atmospheric pressure: what an operating point assumes when it names no gas. */
export const USUAL_GAS: GasState = { n2FlowSlm: 10, o2FlowSlm: 0, pressureTorr: 760 };

/**
 * Fastest heating and cooling that lamps and radiation allow at a wafer temperature, in degC/s.
 *
 * up = min over rings of (absorbed at 100 % - losses) / (rho c_p d A); down = losses / (rho c_p d A), lamps off
 *
 * All symbols as in `fillHeatFlow`; the slowest ring counts, since a uniform wafer can go no faster.
 * Recipe checks call it to warn before a run. Filament lag is not included: it delays, it does not limit.
 * Range: 278-1673 K. Worked value: nominal 4-zone 300 mm chamber at 700 degC: down = 43.7 degC/s.
 */
export function reachableRamp(
  model: RtpPlantModel,
  point: RtpOperatingPoint,
): { upCPerS: number; downCPerS: number } {
  const on = netFluxW(model, point, 1);
  const off = netFluxW(model, point, 0);
  const heat = specificHeatUnchecked(point.temperatureK);
  let upCPerS = Infinity;
  let downCPerS = Infinity;
  for (let i = 0; i < model.wafer.zones; i += 1) {
    const capacity = ringMassKg(model.wafer, i) * heat;
    upCPerS = Math.min(upCPerS, (on[i] ?? 0) / capacity);
    downCPerS = Math.min(downCPerS, -(off[i] ?? 0) / capacity);
  }
  return { upCPerS: Math.max(0, upCPerS), downCPerS: Math.max(0, downCPerS) };
}

/**
 * Lamp fraction of each zone that holds a uniform wafer at a temperature: the feed-forward of every controller.
 *
 * Solves alpha(T) W P u = losses(T) for u, then clamps each zone to 0-1.
 *
 * Symbols as in `fillHeatFlow`. Range: 278-1673 K.
 * Worked value: nominal 4-zone 300 mm chamber at 1000 degC, wall at 25 degC: 0.2916 in the centre zone.
 */
export function steadyLampFraction(model: RtpPlantModel, point: number | RtpOperatingPoint): number[] {
  const at = typeof point === 'number' ? { temperatureK: point } : point;
  const losses = netFluxW(model, at, 0);
  const light = Array.from(losses, (netW) => -netW / absorptivityUnchecked(at.temperatureK));
  const powerW = solveLinear(model.lamp.coupling, light);
  return powerW.map((zoneW, zone) =>
    Math.min(1, Math.max(0, zoneW / (model.lamp.radiantPowerMaxW[zone] ?? 1))),
  );
}

/**
 * Highest temperature (K) any ring can reach with all lamps at 100 % for ever.
 *
 * alpha(T) q_max = 2 eps(T) sigma (T^4 - T_w^4), solved by bisection; q_max: highest irradiance of any ring.
 * The plant's property tests use it as the upper bound. Worked value: nominal chamber 1744.5 K.
 */
export function temperatureCeilingK(
  model: RtpPlantModel,
  emissivity: { emissivityOverride?: number } = {},
): number {
  // The rim only cools, so leaving it out keeps the bound above every ring.
  const bare = { ...model, wafer: { ...model.wafer, rimAreaCm2: 0 } };
  let low = PLANT_TEMPERATURE_MIN_K;
  let high = 2400;
  for (let i = 0; i < 60; i += 1) {
    const temperatureK = (low + high) / 2;
    const hottestW = Math.max(...netAtK(bare, { ...emissivity, temperatureK, gas: VACUUM }, 1));
    if (hottestW > 0) low = temperatureK;
    else high = temperatureK;
  }
  return high;
}

/** Pressure so low that the gas carries nothing: the hottest case. */
const VACUUM: GasState = { n2FlowSlm: 0, o2FlowSlm: 0, pressureTorr: 0.001 };

function netFluxW(model: RtpPlantModel, point: RtpOperatingPoint, lampFraction: number): Float64Array {
  requireInRange('temperatureK', point.temperatureK, PLANT_TEMPERATURE_MIN_K, PLANT_TEMPERATURE_MAX_K);
  return netAtK(model, point, lampFraction);
}

function netAtK(model: RtpPlantModel, point: RtpOperatingPoint, lampFraction: number): Float64Array {
  const gas = point.gas ?? USUAL_GAS;
  requireGas(gas);
  const zones = model.wafer.zones;
  const flow = createHeatFlow(zones);
  fillHeatFlow(
    flow,
    {
      model,
      convection: prepareConvection(gas, model.gapCm, model.wafer.diameterMm / 10),
      opaqueEmissivity: point.emissivityOverride ?? model.wafer.opaqueEmissivity,
    },
    {
      waferK: new Float64Array(zones).fill(point.temperatureK),
      wallK: point.wallTemperatureK ?? model.wall.coolantTemperatureK,
    },
    new Float64Array(zones).fill(lampFraction),
  );
  return flow.netW;
}
