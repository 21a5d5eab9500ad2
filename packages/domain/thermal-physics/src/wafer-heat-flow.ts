import { convectionAt, type PreparedConvection } from './gas-convection.ts';
import { SILICON_DENSITY_KG_PER_M3, STEFAN_BOLTZMANN_W_PER_CM2_K4 } from './physical-constants.ts';
import type { RtpPlantModel, WaferThermalModel } from './rtp-plant-model.ts';
import { absorptivityUnchecked, conductivityUnchecked, emissivityUnchecked } from './silicon-thermal.ts';

/** Heat flows of one instant, in W: per ring into the wafer, and their sums by kind. */
export type HeatFlow = { netW: Float64Array; absorbedW: number; radiatedW: number; convectedW: number };

/** An empty flow record for a wafer of so many rings; the integrator reuses it. */
export function createHeatFlow(zones: number): HeatFlow {
  return { netW: new Float64Array(zones), absorbedW: 0, radiatedW: 0, convectedW: 0 };
}

/** What the heat flows depend on besides wafer and wall temperature. */
export type HeatFlowConditions = {
  model: RtpPlantModel;
  convection: PreparedConvection;
  opaqueEmissivity: number;
};

/**
 * Fills in the heat flows of an instant.
 *
 * net_i = alpha(T_i) sum_j W_ij P_j phi_j - 2 A_i eps(T_i) sigma (T_i^4 - T_w^4) - 2 A_i h (T_i - T_w)
 *         + sum over neighbours k(T) d shape (T_n - T_i)
 *
 * alpha: lamp absorptivity; W: coupling; P phi: light of a lamp zone (W); A: ring area, both faces radiate and
 * the outermost ring also through the rim (cm2); eps: emissivity; T_w: wall (K); h: gas (W/(cm2 K)); k:
 * conductivity (W/(cm K)); d: thickness (cm); shape: circumference over centre distance.
 * Source: the ring balance of Lord, IEEE Trans. Semicond. Manuf. 1 (1988) 105.
 */
export function fillHeatFlow(
  flow: HeatFlow,
  conditions: HeatFlowConditions,
  temperatures: { waferK: Float64Array; wallK: number },
  lampFraction: Float64Array,
): void {
  const { model, convection, opaqueEmissivity } = conditions;
  const { wafer, lamp } = model;
  const { waferK, wallK } = temperatures;
  const wall4 = wallK ** 4;
  flow.absorbedW = 0;
  flow.radiatedW = 0;
  flow.convectedW = 0;
  for (let i = 0; i < wafer.zones; i += 1) {
    const temperatureK = waferK[i] ?? 0;
    const row = lamp.coupling[i] ?? [];
    let lightW = 0;
    for (let j = 0; j < wafer.zones; j += 1) {
      lightW += (row[j] ?? 0) * (lamp.radiantPowerMaxW[j] ?? 0) * (lampFraction[j] ?? 0);
    }
    const absorbedW = absorptivityUnchecked(temperatureK) * lightW;
    const areaCm2 = exposedAreaCm2(wafer, i);
    const square = temperatureK * temperatureK;
    const radiatedW =
      areaCm2 *
      emissivityUnchecked(temperatureK, opaqueEmissivity) *
      STEFAN_BOLTZMANN_W_PER_CM2_K4 *
      (square * square - wall4);
    const convectedW =
      areaCm2 * convectionAt(convection, (temperatureK + wallK) / 2) * (temperatureK - wallK);
    flow.absorbedW += absorbedW;
    flow.radiatedW += radiatedW;
    flow.convectedW += convectedW;
    flow.netW[i] = absorbedW - radiatedW - convectedW;
  }
  addConduction(flow.netW, wafer, waferK);
}

/** Both faces of ring i, plus the rim for the outermost ring. */
function exposedAreaCm2(wafer: WaferThermalModel, ring: number): number {
  return 2 * (wafer.zoneAreaCm2[ring] ?? 0) + (ring === wafer.zones - 1 ? wafer.rimAreaCm2 : 0);
}

/** Mass of ring i in kg. */
export function ringMassKg(wafer: WaferThermalModel, ring: number): number {
  return (wafer.zoneAreaCm2[ring] ?? 0) * wafer.thicknessUm * 1e-10 * SILICON_DENSITY_KG_PER_M3;
}

function addConduction(netW: Float64Array, wafer: WaferThermalModel, waferK: Float64Array): void {
  const thicknessCm = wafer.thicknessUm * 1e-4;
  for (let i = 0; i + 1 < wafer.zones; i += 1) {
    const inner = waferK[i] ?? 0;
    const outer = waferK[i + 1] ?? 0;
    const flowW =
      conductivityUnchecked((inner + outer) / 2) * thicknessCm * (wafer.ringShape[i] ?? 0) * (outer - inner);
    netW[i] = (netW[i] ?? 0) + flowW;
    netW[i + 1] = (netW[i + 1] ?? 0) - flowW;
  }
}
