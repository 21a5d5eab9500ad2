import type { PlantModel } from '@spectra/run-engine';
import { normalAt } from '@spectra/run-engine';
import { initialRtpPlantState, stepRtpPlant, stepSensorLag } from '@spectra/thermal-physics';
import { CHAMBER, chamberModel, ZERO_CELSIUS_K } from './chamber.ts';
import { activeFault } from './faults.ts';
import { readSensors, STREAM } from './sensors.ts';
import type { RtpPlant, RtpSetpoints, RtpTypes } from './types.ts';

/** Mass-flow controllers and the throttle valve need this long. */
const GAS_LAG_S = 0.5;
const STUCK_ZONE = 1;
const WEAK_ZONE = 2;
const THERMOCOUPLE_SIGMA_K = 0.7;

/** The simulated chamber: wafer and lamps from the thermal model, gas supply, pyrometers and thermocouples. */
export const rtpPlant: PlantModel<RtpTypes> = {
  loadWafer({ recipe, seed, simulator }) {
    const temperatureK = recipe.initialC + ZERO_CELSIUS_K;
    const zones = Array.from({ length: CHAMBER.zoneCount }, (_, zone) => zone);
    const plant = {
      constants: {
        seed,
        noiseScale: simulator.noise_scale,
        faults: simulator.faults,
        waferDiameterMm: recipe.waferDiameterMm,
        emissivity: recipe.emissivity,
        thermocoupleOffsetK: zones.map(
          (zone) =>
            THERMOCOUPLE_SIGMA_K * Math.min(simulator.noise_scale, 2) * normalAt(seed, STREAM.offset, zone),
        ),
      },
      counter: 0,
      timeS: 0,
      chamber: initialRtpPlantState(chamberModel(recipe.waferDiameterMm), { temperatureK }),
      thermocoupleK: zones.map(() => temperatureK),
      gas: { n2FlowSlm: CHAMBER.purgeN2FlowSlm, o2FlowSlm: 0, pressureTorr: CHAMBER.atmosphereTorr },
      peakTempC: recipe.initialC,
      lampEnergyJ: 0,
    };
    return { ...plant, readings: readSensors(plant) };
  },
  advance(plant, setpoints, dtS) {
    const next = advance(plant, setpoints, dtS);
    return { plant: next, readings: next.readings };
  },
  read: (plant) => plant.readings,
  safeSetpoints,
  energised: (plant) => plant.chamber.lampDriveFraction.some((drive) => drive > 0),
  journal(plant) {
    const { waferTemperatureK, oxideThicknessNm } = plant.chamber;
    return {
      peak_temp_c: plant.peakTempC,
      wafer_temp_c: mean(waferTemperatureK) - ZERO_CELSIUS_K,
      oxide_thickness_nm: mean(oxideThicknessNm),
      lamp_energy_j: plant.lampEnergyJ,
    };
  },
};

/** Lamps off, inert purge at atmospheric pressure. */
export function safeSetpoints(): RtpSetpoints {
  return {
    lampPowerPct: Array.from({ length: CHAMBER.zoneCount }, () => 0),
    n2FlowSlm: CHAMBER.purgeN2FlowSlm,
    o2FlowSlm: 0,
    pressureTorr: CHAMBER.atmosphereTorr,
  };
}

function advance(plant: RtpPlant, setpoints: RtpSetpoints, dtS: number): RtpPlant {
  const { constants, timeS } = plant;
  const gas = advanceGas(plant, setpoints, dtS);
  const shift = activeFault(constants.faults, 'emissivity_shift', timeS)?.magnitude ?? 0;
  const emissivity = Math.min(1, Math.max(CHAMBER.emissivityMin, constants.emissivity * (1 + shift)));
  const inputs = {
    ...gas,
    lampPowerFraction: lampFractions(plant, setpoints),
    emissivityOverride: emissivity,
  };
  const { state, energy } = stepRtpPlant(chamberModel(constants.waferDiameterMm), plant.chamber, inputs, dtS);
  const moved = {
    constants,
    counter: plant.counter + 1,
    timeS: timeS + dtS,
    chamber: state,
    thermocoupleK: plant.thermocoupleK.map((sensorK, zone) =>
      stepSensorLag(sensorK, state.waferTemperatureK[zone] ?? sensorK, CHAMBER.thermocoupleLagS, dtS),
    ),
    gas,
    peakTempC: Math.max(plant.peakTempC, ...state.waferTemperatureK.map((k) => k - ZERO_CELSIUS_K)),
    lampEnergyJ: plant.lampEnergyJ + energy.lampElectricJ,
  };
  return { ...moved, readings: readSensors(moved) };
}

function lampFractions(plant: RtpPlant, setpoints: RtpSetpoints): number[] {
  const { faults } = plant.constants;
  const weak = activeFault(faults, 'lamp_zone_weak', plant.timeS)?.magnitude ?? 1;
  const stuck = activeFault(faults, 'lamp_stuck', plant.timeS)?.magnitude ?? null;
  return setpoints.lampPowerPct.map((powerPct, zone) => {
    const asked = Math.min(1, Math.max(0, powerPct / 100));
    if (zone === STUCK_ZONE && stuck !== null) return Math.min(1, Math.max(0, stuck));
    return zone === WEAK_ZONE ? asked * Math.min(1, Math.max(0, weak)) : asked;
  });
}

function advanceGas(plant: RtpPlant, setpoints: RtpSetpoints, dtS: number): RtpPlant['gas'] {
  const { faults } = plant.constants;
  const left = 1 - (activeFault(faults, 'gas_loss', plant.timeS)?.magnitude ?? 0);
  const pressureError = activeFault(faults, 'pressure_error', plant.timeS)?.magnitude ?? 0;
  const towards = (value: number, target: number) => stepSensorLag(value, target, GAS_LAG_S, dtS);
  const supply = Math.min(1, Math.max(0, left));
  const pressureTorr = towards(plant.gas.pressureTorr, setpoints.pressureTorr + pressureError);
  return {
    n2FlowSlm: towards(plant.gas.n2FlowSlm, setpoints.n2FlowSlm * supply),
    o2FlowSlm: towards(plant.gas.o2FlowSlm, setpoints.o2FlowSlm * supply),
    pressureTorr: Math.min(1000, Math.max(0.01, pressureTorr)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
