import { normalAt } from '@spectra/run-engine';
import { STREAM } from './beam-source.ts';
import type { BeamInterval } from './beam-source.ts';
import { addStroke } from './dose-recorder.ts';
import { profileOf } from './expose-wafer.ts';
import type { Exposure } from './expose-wafer.ts';
import { cupCurrentMa } from './faraday-cup.ts';
import { activeFault } from './faults.ts';
import { TOOL } from './tool.ts';
import type { IonPlant, IonPlantConstants, IonReadings } from './types.ts';

/** Relative one-sigma noise of the sensors, per reading. */
const NOISE = { drain: 0.01, gauge: 0.01, column: 0.001, probeT: 2e-5, angleDeg: 0.02, tempC: 0.1 } as const;

/** Readings of the idle tool. */
export function idleReadings(constants: IonPlantConstants): IonReadings {
  return {
    highVoltage: false,
    gateOpen: false,
    beamCurrentMa: 0,
    waferChargeMaS: 0,
    drainCurrentMa: 0,
    cut: false,
    doseGateClosed: false,
    positionMm: 0,
    speedMmPerS: 0,
    pass: -1,
    integratedDosePerCm2: 0,
    stripDosePerCm2: Array.from({ length: constants.stripCount }, () => 0),
    waveform: Array.from({ length: TOOL.columnCount }, () => 1),
    columnProfile: null,
    doseMapPerCm2: null,
    sourcePressureTorr: 1e-4,
    analyzerPressureTorr: 2e-7,
    processPressureTorr: 2.5e-7,
    analyzerFieldT: 0,
    extractionVoltageKv: 0,
    waferTempC: TOOL.coolantTempC,
    tiltDeg: constants.recipe.tiltDeg,
    twistDeg: constants.recipe.twistDeg,
  };
}

/** The last readings, with the dose map that the tool has recorded: all that a resumed implant needs. */
export function askPlant(plant: IonPlant): IonReadings {
  return { ...plant.readings, ...dosimetry(plant), doseMapPerCm2: recordedMap(plant) };
}

/** Readings at the end of an interval. */
export function readSensors(
  plant: IonPlant,
  interval: { beam: BeamInterval; exposure: Exposure; dtS: number },
): IonReadings {
  const { beam, exposure, dtS } = interval;
  const { seed, noiseScale } = plant.constants;
  const noise = (stream: number, sigma: number) => noiseScale * sigma * normalAt(seed, stream, plant.counter);
  const cupMa = cupCurrentMa(plant, beam.liveCurrentMa);
  const aliveShare = aliveS(beam, dtS) / dtS;
  const tiltError = activeFault(plant.constants.faults, 'tilt_error', plant.timeS)?.magnitude ?? 0;
  return {
    ...dosimetry(plant),
    highVoltage: plant.highVoltage,
    gateOpen: plant.gateOpen,
    beamCurrentMa: cupMa * aliveShare,
    waferChargeMaS: cupMa * exposure.litS,
    drainCurrentMa: Math.max(0, beam.liveCurrentMa * aliveShare * (1 + noise(STREAM.drain, NOISE.drain))),
    cut: exposure.cut,
    speedMmPerS: exposure.speedMmPerS,
    columnProfile: parkedProfile(plant, exposure),
    doseMapPerCm2: exposure.strokeEnded || isAtRest(plant) ? recordedMap(plant) : null,
    sourcePressureTorr: plant.pressuresTorr.source * (1 + noise(STREAM.gauges, NOISE.gauge)),
    analyzerPressureTorr: plant.pressuresTorr.analyzer * (1 + noise(STREAM.gauges + 1, NOISE.gauge)),
    processPressureTorr: plant.pressuresTorr.process * (1 + noise(STREAM.gauges + 2, NOISE.gauge)),
    analyzerFieldT: Math.max(0, plant.fieldT + noise(STREAM.probe, NOISE.probeT)),
    extractionVoltageKv: plant.extractionVoltageKv,
    waferTempC: plant.waferTempC + noise(STREAM.temperature, NOISE.tempC),
    tiltDeg: plant.constants.recipe.tiltDeg + tiltError + noise(STREAM.angles, NOISE.angleDeg),
    twistDeg: plant.constants.recipe.twistDeg + noise(STREAM.angles + 1, NOISE.angleDeg),
  };
}

/** What the tool's own recorder holds; it counts with the cup, so it scales with what the cup counted. */
function dosimetry(plant: IonPlant) {
  const scale = countedShare(plant);
  const finished = plant.map.map((row) => row.reduce((sum, dose) => sum + dose, 0) / row.length);
  return {
    doseGateClosed: plant.doseGateClosed,
    positionMm: plant.positionMm,
    pass: plant.pass,
    integratedDosePerCm2: plant.countedDosePerCm2,
    waveform: plant.waveform,
    stripDosePerCm2: finished.map((dose, strip) => scale * (dose + (plant.passStrips[strip] ?? 0))),
  };
}

function recordedMap(plant: IonPlant): number[][] {
  const scale = countedShare(plant);
  const whole = addStroke(plant.map, plant.passStrips, profileOf(plant));
  return whole.map((row) => row.map((dose) => Number((scale * dose).toPrecision(7))));
}

/** An implanter whose beam is off shows what its recorder holds. */
function isAtRest(plant: IonPlant): boolean {
  return !plant.highVoltage && plant.pass >= 0;
}

function countedShare(plant: IonPlant): number {
  return plant.trueDosePerCm2 > 0 ? plant.countedDosePerCm2 / plant.trueDosePerCm2 : 1;
}

function aliveS(beam: BeamInterval, dtS: number): number {
  if (beam.failsAfterS < dtS && beam.failsAfterS > 0) return beam.failsAfterS;
  return beam.failsAfterS === 0 ? dtS - beam.backAfterS : dtS;
}

/** The travelling cup can scan the beam only while the wafer is not in it. */
function parkedProfile(plant: IonPlant, exposure: Exposure): number[] | null {
  if (exposure.litS > 0 || !plant.highVoltage || plant.currentMa <= 0) return null;
  const { seed, noiseScale } = plant.constants;
  return profileOf(plant).map((value, column) => {
    const noise = normalAt(seed, STREAM.columns, plant.counter * TOOL.columnCount + column);
    return value * (1 + noiseScale * NOISE.column * noise);
  });
}
