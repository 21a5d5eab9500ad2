import type { PlantModel } from '@spectra/run-engine';
import { normalAt, uniformAt } from '@spectra/run-engine';
import { analyzerFieldT } from './beam-line.ts';
import { scanSettings, scannedAreaCm2 } from './beam-plan.ts';
import { advanceBeam, STREAM } from './beam-source.ts';
import { exposeWafer } from './expose-wafer.ts';
import { askPlant, idleReadings, readSensors } from './sensors.ts';
import { columnsMm, TOOL } from './tool.ts';
import type { IonPlant, IonPlantConstants, IonRecipe, IonSetpoints, IonTypes } from './types.ts';
import { advanceVacuum, advanceWaferTempC, BASE_PRESSURES_TORR } from './vacuum-and-wafer.ts';

/** The simulated implanter: source, magnet, vacuum, scanned beam, dosimetry and the wafer on its cooled platen. */
export const ionPlant: PlantModel<IonTypes> = {
  loadWafer({ recipe, seed, simulator }) {
    const constants = plantConstants(recipe, seed, simulator.noise_scale);
    return freshPlant({ ...constants, faults: simulator.faults });
  },
  advance(plant, setpoints, dtS) {
    const next = advance(plant, setpoints, dtS);
    return { plant: next, readings: next.readings };
  },
  read: askPlant,
  safeSetpoints,
  energised: (plant) => plant.highVoltage,
  journal(plant) {
    return {
      counted_dose_atoms_cm2: plant.countedDosePerCm2,
      true_dose_atoms_cm2: plant.trueDosePerCm2,
      beam_time_s: plant.beamS,
      wafer_temp_c: plant.waferTempC,
    };
  },
};

/** Gate closed, high voltage off, stage standing. */
export function safeSetpoints(): IonSetpoints {
  return {
    highVoltage: false,
    extractionVoltageKv: 0,
    sourceCurrentMa: 0,
    analyzerFieldT: 0,
    stageSpeedMmPerS: 0,
    moveS: 0,
    beamOn: false,
    waveform: [],
    cupFactor: 1,
  };
}

function advance(plant: IonPlant, setpoints: IonSetpoints, dtS: number): IonPlant {
  const beam = advanceBeam(plant, setpoints, dtS);
  const exposure = exposeWafer(plant, setpoints, { ...beam, dtS });
  const moved: IonPlant = {
    ...plant,
    ...exposure.changes,
    counter: plant.counter + 1,
    timeS: plant.timeS + dtS,
    highVoltage: beam.highVoltage,
    extractionVoltageKv: beam.extractionVoltageKv,
    fieldT: beam.fieldT,
    currentMa: beam.currentMa,
    flicker: beam.flicker,
    glitchUntilS: beam.glitchUntilS,
    pressuresTorr: advanceVacuum(plant, { beamMa: exposure.meanWaferMa, dtS }),
    waferTempC: advanceWaferTempC(plant, { beamMa: exposure.meanWaferMa, dtS }),
  };
  const readings = readSensors(moved, { beam, exposure, dtS });
  return { ...moved, readings };
}

function plantConstants(recipe: IonRecipe, seed: number, noiseScale: number): IonPlantConstants {
  const settings = scanSettings(recipe);
  return {
    seed,
    noiseScale,
    faults: [],
    recipe,
    passFieldT: analyzerFieldT(recipe),
    stripCount: settings.stripCount,
    strokeMm: settings.strokeMm,
    scannedAreaCm2: scannedAreaCm2(settings),
    columnShape: columnShape(seed, noiseScale),
  };
}

/** Unevenness of an untuned fast scan: a slope, a bow and a ripple of about one per cent each. */
function columnShape(seed: number, noiseScale: number): number[] {
  const amount = (part: number) => 0.012 * Math.min(noiseScale, 3) * normalAt(seed, STREAM.shape, part);
  const [slope, bow, ripple] = [amount(0), amount(1), amount(2)];
  const phase = uniformAt(seed, STREAM.shape, 99);
  const raw = columnsMm(2).map((x) => {
    const wave = Math.cos(2 * Math.PI * (1.5 * x + phase));
    return 1 + slope * x + bow * (x * x - 1 / 3) + 0.5 * ripple * wave;
  });
  const mean = raw.reduce((sum, value) => sum + value, 0) / raw.length;
  return raw.map((value) => value / mean);
}

function freshPlant(constants: IonPlantConstants): IonPlant {
  const zeros = Array.from({ length: constants.stripCount }, () => 0);
  return {
    constants,
    counter: 0,
    timeS: 0,
    highVoltage: false,
    gateOpen: false,
    doseGateClosed: false,
    extractionVoltageKv: 0,
    fieldT: 0,
    currentMa: 0,
    flicker: [0, 0, 0],
    glitchUntilS: 0,
    pressuresTorr: BASE_PRESSURES_TORR,
    waferTempC: TOOL.coolantTempC,
    positionMm: 0,
    direction: 1,
    pass: -1,
    waveform: Array.from({ length: TOOL.columnCount }, () => 1),
    passStrips: zeros,
    map: zeros.map(() => Array.from({ length: TOOL.columnCount }, () => 0)),
    beyondStrokePerCm2: 0,
    trueDosePerCm2: 0,
    countedDosePerCm2: 0,
    beamS: 0,
    readings: idleReadings(constants),
  };
}
