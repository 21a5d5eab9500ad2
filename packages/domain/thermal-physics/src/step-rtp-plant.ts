import { type GasState, prepareConvection, requireGas } from './gas-convection.ts';
import { lampAfter } from './lamp-filament.ts';
import { thicknessAfterUm } from './oxide-growth.ts';
import { requireInRange, requireNumbers } from './require-in-range.ts';
import type { RtpPlantModel } from './rtp-plant-model.ts';
import type { RtpEnergyBalance, RtpPlantInputs, RtpPlantState } from './rtp-plant-state.ts';
import { EMISSIVITY_LOW } from './silicon-thermal.ts';
import { integrateHeat } from './integrate-heat.ts';

/** Longest step the plant takes in one call. */
const PLANT_STEP_MAX_S = 60;

/**
 * Advances the chamber by one step with constant inputs and reports where the energy went.
 *
 * rho c_p(T) d dT/dt = absorbed lamp flux - eps(T) sigma (T^4 - T_w^4) on both faces - gas convection
 *                      + radial conduction        (per ring; see `fillHeatFlow` for each term)
 * C_w dT_w/dt = radiated + convected - G_w (T_w - T_coolant)
 *
 * Integrated in enthalpy by an adaptive third-order Runge-Kutta rule (error below 1e-4 K per substep), so the
 * balance absorbed = radiated + convected + stored closes to round-off and the step cannot blow up.
 * The input state is not changed. Oxide grows on each ring at the oxygen partial pressure.
 * Source: Lord, IEEE Trans. Semicond. Manuf. 1 (1988) 105; Norman, IEEE Trans. Electron Devices 39 (1992) 205.
 * Range: lamp fractions 0-1, flows 0-100 slm, pressure 0.001-1000 torr, dtS 0-60 s.
 * Worked value: the nominal 4-zone 300 mm chamber, all lamps at 100 % from 25 degC for 1 s in nitrogen at
 * 760 torr, 10 slm, brings the mean wafer temperature to 262.5 degC.
 */
export function stepRtpPlant(
  model: RtpPlantModel,
  state: RtpPlantState,
  inputs: RtpPlantInputs,
  dtS: number,
): { state: RtpPlantState; energy: RtpEnergyBalance } {
  requireInputs(model, state, inputs, dtS);
  const gas: GasState = inputs;
  const conditions = {
    model,
    convection: prepareConvection(gas, model.gapCm, model.wafer.diameterMm / 10),
    opaqueEmissivity: inputs.emissivityOverride ?? model.wafer.opaqueEmissivity,
  };
  const heat = integrateHeat(conditions, state, inputs.lampPowerFraction, dtS);
  const lamps = state.lampDriveFraction.map((driveFraction, zone) =>
    lampAfter(
      { driveFraction, radiantFraction: state.lampRadiantFraction[zone] ?? 0 },
      inputs.lampPowerFraction[zone] ?? 0,
      model.lamp,
      dtS,
    ),
  );
  return {
    state: {
      waferTemperatureK: heat.waferTemperatureK,
      lampDriveFraction: lamps.map((lamp) => lamp.driveFraction),
      lampRadiantFraction: lamps.map((lamp) => lamp.radiantFraction),
      wallTemperatureK: heat.wallTemperatureK,
      oxideThicknessNm: grownOxideNm(state, heat.waferTemperatureK, gas, dtS),
    },
    energy: { ...heat.energy, lampElectricJ: electricEnergyJ(model, state, lamps, dtS) },
  };
}

function requireInputs(
  model: RtpPlantModel,
  state: RtpPlantState,
  inputs: RtpPlantInputs,
  dtS: number,
): void {
  const zones = model.wafer.zones;
  requireInRange('dtS', dtS, 0, PLANT_STEP_MAX_S);
  requireNumbers('waferTemperatureK', state.waferTemperatureK, zones);
  requireNumbers('lampDriveFraction', state.lampDriveFraction, zones);
  requireNumbers('lampRadiantFraction', state.lampRadiantFraction, zones);
  requireNumbers('lampPowerFraction', inputs.lampPowerFraction, zones);
  for (const fraction of inputs.lampPowerFraction) requireInRange('lampPowerFraction', fraction, 0, 1);
  requireGas(inputs);
  if (inputs.emissivityOverride !== undefined) {
    requireInRange('emissivityOverride', inputs.emissivityOverride, EMISSIVITY_LOW, 1);
  }
}

/** Trapezoid of supply output: the lamps draw what the supply gives, whether the filament is hot yet or not. */
function electricEnergyJ(
  model: RtpPlantModel,
  before: RtpPlantState,
  after: readonly { driveFraction: number }[],
  dtS: number,
): number {
  return model.lamp.electricPowerMaxW.reduce((sum, powerW, zone) => {
    const mean = ((before.lampDriveFraction[zone] ?? 0) + (after[zone]?.driveFraction ?? 0)) / 2;
    return sum + powerW * mean * dtS;
  }, 0);
}

function grownOxideNm(
  before: RtpPlantState,
  afterK: readonly number[],
  gas: GasState,
  dtS: number,
): number[] {
  const totalSlm = gas.n2FlowSlm + gas.o2FlowSlm;
  const pressureAtm = totalSlm > 0 ? (gas.o2FlowSlm / totalSlm) * (gas.pressureTorr / 760) : 0;
  return before.oxideThicknessNm.map((thicknessNm, ring) => {
    const meanK = ((before.waferTemperatureK[ring] ?? 0) + (afterK[ring] ?? 0)) / 2;
    return 1e3 * thicknessAfterUm(thicknessNm * 1e-3, dtS / 60, meanK, { kind: 'dry', pressureAtm });
  });
}
