import { beamPowerW, heatingKPerS } from '@spectra/ion-physics';
import { scanSettings, waferShare } from './beam-plan.ts';
import { activeFault } from './faults.ts';
import { TOOL } from './tool.ts';
import type { IonPlant } from './types.ts';

/** Pressures of the pumped, idle tool. */
export const BASE_PRESSURES_TORR = { source: 1e-4, analyzer: 2e-7, process: 2.5e-7 } as const;

/** Feed gas of the running source, and how it leaks along the beam line. */
const SOURCE_FEED_TORR = 3.5e-4;
const ANALYZER_SHARE = 8e-4;
/** Beam on wafer and resist frees gas: torr per watt, falling as the surface is cleaned by dose. */
const OUTGASSING_TORR_PER_W = 1.2e-9;
const CLEANING_DOSE_PER_CM2 = 5e14;
const PUMPING_TIME_S = 0.8;
const SOURCE_GAS_TIME_S = 0.4;
const PRESSURE_TORR_MAX = 1e-3;
const HEAT_STEP_S_MAX = 0.25;
const WAFER_TEMP_C_MAX = 999;

type OnWafer = { beamMa: number; dtS: number };

/** Gauges' true pressures after an interval: each volume relaxes towards feed, leak and outgassing over pumping. */
export function advanceVacuum(plant: IonPlant, { beamMa, dtS }: OnWafer): IonPlant['pressuresTorr'] {
  const { pressuresTorr, constants } = plant;
  const burst = activeFault(constants.faults, 'pressure_burst', plant.timeS)?.magnitude ?? 0;
  const powerW = wholeBeamW(plant, beamMa);
  const fresh = 0.3 + 0.7 * Math.exp(-plant.trueDosePerCm2 / CLEANING_DOSE_PER_CM2);
  const feedTorr = plant.highVoltage ? SOURCE_FEED_TORR : BASE_PRESSURES_TORR.source;
  const source = relaxed(pressuresTorr.source, feedTorr, dtS / SOURCE_GAS_TIME_S);
  const leakTorr = plant.highVoltage ? ANALYZER_SHARE * source : 0;
  const outgassingTorr = OUTGASSING_TORR_PER_W * powerW * fresh;
  const analyzerTorr = BASE_PRESSURES_TORR.analyzer + leakTorr;
  const processTorr = BASE_PRESSURES_TORR.process + 0.3 * leakTorr + outgassingTorr + Math.max(0, burst);
  return {
    source,
    analyzer: relaxed(pressuresTorr.analyzer, analyzerTorr, dtS / PUMPING_TIME_S),
    process: Math.min(PRESSURE_TORR_MAX, relaxed(pressuresTorr.process, processTorr, dtS / PUMPING_TIME_S)),
  };
}

/** Wafer temperature after an interval of beam heating and platen cooling. */
export function advanceWaferTempC(plant: IonPlant, { beamMa, dtS }: OnWafer): number {
  const { recipe } = plant.constants;
  const loss = activeFault(plant.constants.faults, 'cooling_loss', plant.timeS)?.magnitude ?? 0;
  const wafer = {
    diameterMm: recipe.waferDiameterMm,
    thicknessUm: THICKNESS_UM[recipe.waferDiameterMm],
    platenC: TOOL.coolantTempC,
    backsideWPerCm2K: TOOL.coolingWPerCm2K * (1 - Math.min(1, Math.max(0, loss))),
    emissivity: TOOL.waferEmissivity,
  };
  const powerW = wholeBeamW(plant, beamMa) * waferShare(recipe, scanSettings(recipe));
  const parts = Math.max(1, Math.ceil(dtS / HEAT_STEP_S_MAX));
  let temperatureC = plant.waferTempC;
  for (let part = 0; part < parts; part += 1) {
    const rise = (heatingKPerS(wafer, temperatureC, powerW) * dtS) / parts;
    temperatureC = Math.min(WAFER_TEMP_C_MAX, temperatureC + rise);
  }
  return temperatureC;
}

/** Standard wafers, SEMI M1. */
const THICKNESS_UM = { 150: 675, 200: 725, 300: 775 } as const;

function wholeBeamW(plant: IonPlant, beamMa: number): number {
  return beamPowerW({
    energyKeV: plant.constants.recipe.energyKeV,
    beamCurrentMa: beamMa,
    chargeState: TOOL.chargeState,
  });
}

function relaxed(value: number, target: number, timeConstants: number): number {
  return target + (value - target) * Math.exp(-timeConstants);
}
