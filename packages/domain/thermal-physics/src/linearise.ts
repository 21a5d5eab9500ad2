import { prepareConvection } from './gas-convection.ts';
import { matrixExponential } from './linear-algebra.ts';
import { requireInRange } from './require-in-range.ts';
import { type RtpOperatingPoint, steadyLampFraction, USUAL_GAS } from './rtp-capability.ts';
import type { RtpPlantModel } from './rtp-plant-model.ts';
import { specificHeatUnchecked } from './silicon-thermal.ts';
import { createHeatFlow, fillHeatFlow, ringMassKg } from './wafer-heat-flow.ts';

/** Discrete linear model x' = A x + B u in deviations from the steady state it was taken at. */
export type LinearPlant = {
  /** States: ring temperatures (K), then filament light fractions; 2 x zones rows and columns. */
  A: number[][];
  /** Inputs: lamp power fractions; 2 x zones rows, zones columns. */
  B: number[][];
  /** The steady state and the lamp fractions that hold it. */
  steady: { temperatureK: number; lampFraction: number[] };
};

/**
 * Linearises the chamber around a uniform steady temperature and samples it with a zero-order hold.
 *
 * dx/dt = F x + G u, with F, G the derivatives of the ring balances (`fillHeatFlow`) divided by rho c_p d A and
 * the filament lag dphi/dt = (u - phi)/tau; [A B] = top rows of expm([F G; 0 0] dt)
 *
 * x: deviations of ring temperature (K) and filament light (fraction); u: deviation of lamp fraction;
 * dtS: sampling time (s). Supply slew is a constraint on u and not part of the matrices.
 * Source: van Loan, IEEE Trans. Autom. Control 23 (1978) 395 (matrix exponential for zero-order hold).
 * Range: 278-1673 K, dtS 0.001-10 s. Worked value: at 1000 degC with dtS 0.1 s the filament rows hold
 * e^(-0.1/0.15) = 0.51342 on the diagonal of A.
 */
export function linearise(model: RtpPlantModel, point: number | RtpOperatingPoint, dtS: number): LinearPlant {
  const at = typeof point === 'number' ? { temperatureK: point } : point;
  requireInRange('dtS', dtS, 0.001, 10);
  const lampFraction = steadyLampFraction(model, at);
  const zones = model.wafer.zones;
  const size = 3 * zones;
  const augmented = continuousMatrix(model, at, lampFraction).map((row) => row.map((value) => value * dtS));
  const sampled = matrixExponential(augmented);
  const states = sampled.slice(0, 2 * zones);
  return {
    A: states.map((row) => row.slice(0, 2 * zones)),
    B: states.map((row) => row.slice(2 * zones, size)),
    steady: { temperatureK: at.temperatureK, lampFraction },
  };
}

/** [F G; 0 0] with states ring temperatures and filament light, inputs lamp fractions. */
function continuousMatrix(
  model: RtpPlantModel,
  at: RtpOperatingPoint,
  lampFraction: readonly number[],
): number[][] {
  const zones = model.wafer.zones;
  const heat = specificHeatUnchecked(at.temperatureK);
  const matrix = Array.from({ length: 3 * zones }, () => Array.from({ length: 3 * zones }, () => 0));
  const put = (row: number, column: number, value: number) => {
    const target = matrix[row];
    if (target !== undefined) target[column] = value;
  };
  for (let column = 0; column < zones; column += 1) {
    const byTemperature = slope(model, at, lampFraction, { ring: column });
    const byLight = slope(model, at, lampFraction, { lamp: column });
    for (let row = 0; row < zones; row += 1) {
      const capacity = ringMassKg(model.wafer, row) * heat;
      put(row, column, (byTemperature[row] ?? 0) / capacity);
      put(row, zones + column, (byLight[row] ?? 0) / capacity);
    }
    put(zones + column, zones + column, -1 / model.lamp.timeConstantS);
    put(zones + column, 2 * zones + column, 1 / model.lamp.timeConstantS);
  }
  return matrix;
}

/** Central difference of every ring's net heat (W) by one ring temperature or one lamp's light. */
function slope(
  model: RtpPlantModel,
  at: RtpOperatingPoint,
  lampFraction: readonly number[],
  by: { ring?: number; lamp?: number },
): number[] {
  const half = by.ring === undefined ? 1e-3 : 0.05;
  const above = netW(model, at, lampFraction, { ...by, shift: half });
  const below = netW(model, at, lampFraction, { ...by, shift: -half });
  return Array.from(above, (value, row) => (value - (below[row] ?? 0)) / (2 * half));
}

function netW(
  model: RtpPlantModel,
  at: RtpOperatingPoint,
  lampFraction: readonly number[],
  by: { ring?: number; lamp?: number; shift: number },
): Float64Array {
  const zones = model.wafer.zones;
  const flow = createHeatFlow(zones);
  const waferK = new Float64Array(zones).fill(at.temperatureK);
  const light = Float64Array.from(lampFraction);
  if (by.ring !== undefined) waferK[by.ring] = (waferK[by.ring] ?? 0) + by.shift;
  if (by.lamp !== undefined) light[by.lamp] = (light[by.lamp] ?? 0) + by.shift;
  const conditions = {
    model,
    convection: prepareConvection(at.gas ?? USUAL_GAS, model.gapCm, model.wafer.diameterMm / 10),
    opaqueEmissivity: at.emissivityOverride ?? model.wafer.opaqueEmissivity,
  };
  const wallK = at.wallTemperatureK ?? model.wall.coolantTemperatureK;
  fillHeatFlow(flow, conditions, { waferK, wallK }, light);
  return flow.netW;
}
