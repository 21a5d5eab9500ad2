import { FLICKER_AT_REST, noisyCurrentMa, stepFlicker } from '@spectra/ion-physics';
import { normalAt, uniformAt } from '@spectra/run-engine';
import { activeFault, faultOnsetS } from './faults.ts';
import { TOOL } from './tool.ts';
import type { IonPlant, IonPlantConstants, IonSetpoints } from './types.ts';

/** Random streams of the plant; each has its own numbers for a seed. */
export const STREAM = {
  shape: 1,
  flicker: 2,
  glitchTime: 20,
  glitchLength: 21,
  shot: 7,
  drain: 8,
  gauges: 9,
  probe: 12,
  columns: 13,
  angles: 14,
  temperature: 16,
} as const;

/** Relative deviation of the flicker noise over all decades. */
const FLICKER_SIGMA = 0.0025;
const FLICKER_PARTS = FLICKER_AT_REST.length;
const GLITCHES_PER_S = 0.01;
const GLITCH_S = { shortest: 0.02, longest: 0.3 } as const;
const SOURCE_TIME_CONSTANT_S = 0.5;
const MAGNET_TIME_CONSTANT_S = 0.3;
/** Relative field error at which the slit passes exp(−½) of the wanted mass; resolving power about 100. */
const SLIT_SIGMA = 0.004;

/** Source, magnet and beam after an interval: the current with its noise, and when within it the beam failed. */
export interface BeamInterval {
  readonly highVoltage: boolean;
  readonly extractionVoltageKv: number;
  readonly fieldT: number;
  readonly currentMa: number;
  readonly flicker: readonly number[];
  readonly glitchUntilS: number;
  /** Mean current of the interval while there is beam. */
  readonly liveCurrentMa: number;
  /** Seconds from the start of the interval after which the beam is gone; `dtS` when it stays. */
  readonly failsAfterS: number;
  /** Seconds from the start before there is beam again. */
  readonly backAfterS: number;
}

/**
 * Moves source and magnet by one interval. The wanted current is approached with the source's time constant;
 * flicker and shot noise are those of the beam formulas, with half the sampling rate as bandwidth; glitches come as a Poisson process.
 */
export function advanceBeam(plant: IonPlant, setpoints: IonSetpoints, dtS: number): BeamInterval {
  const { constants } = plant;
  const lag = (tauS: number) => 1 - Math.exp(-dtS / tauS);
  const fieldError = activeFault(constants.faults, 'magnet_mismatch', plant.timeS)?.magnitude ?? 0;
  const wantedFieldT = setpoints.highVoltage ? setpoints.analyzerFieldT * (1 + fieldError) : 0;
  const fieldT = plant.fieldT + (wantedFieldT - plant.fieldT) * lag(MAGNET_TIME_CONSTANT_S);
  const wantedMa = setpoints.highVoltage ? Math.min(setpoints.sourceCurrentMa, sourceMaxMa()) : 0;
  const keptMa = setpoints.highVoltage ? plant.currentMa : 0;
  const currentMa = keptMa + (wantedMa - keptMa) * lag(SOURCE_TIME_CONSTANT_S);
  const passedMa = currentMa * sourceOutput(plant) * slitTransmission(constants, fieldT);
  const noise = currentNoise(plant, passedMa, dtS);
  const failure = beamFailure(plant, dtS);
  return {
    highVoltage: setpoints.highVoltage,
    extractionVoltageKv: setpoints.highVoltage ? setpoints.extractionVoltageKv : 0,
    fieldT,
    currentMa,
    ...noise,
    ...failure,
  };
}

/** The source can be pushed a little beyond its rating to make up for drift. */
function sourceMaxMa(): number {
  return 1.3 * TOOL.beamCurrentMaMax;
}

function currentNoise(plant: IonPlant, currentMa: number, dtS: number) {
  const { seed, noiseScale } = plant.constants;
  const draw = (stream: number) => normalAt(seed, stream, plant.counter);
  const flicker = stepFlicker(plant.flicker, {
    dtS,
    relativeSigma: Math.min(1, FLICKER_SIGMA * noiseScale),
    normals: Array.from({ length: FLICKER_PARTS }, (_, part) => draw(STREAM.flicker + part)),
  });
  const beam = { currentMa, bandwidthHz: 0.5 / dtS, chargeState: TOOL.chargeState };
  return { flicker, liveCurrentMa: noisyCurrentMa(beam, flicker, noiseScale * draw(STREAM.shot)) };
}

function sourceOutput(plant: IonPlant): number {
  const drift = activeFault(plant.constants.faults, 'beam_drift', plant.timeS);
  return drift ? Math.max(0, 1 + drift.magnitude * drift.lastedS) : 1;
}

function slitTransmission(constants: IonPlantConstants, fieldT: number): number {
  const offset = (fieldT - constants.passFieldT) / constants.passFieldT / SLIT_SIGMA;
  return Math.exp(-0.5 * offset * offset);
}

/** Beam failures of an interval: one that lasts from before, one that the recipe of faults begins, or chance. */
function beamFailure(plant: IonPlant, dtS: number) {
  const { constants, timeS } = plant;
  if (plant.glitchUntilS > timeS) {
    const backAfterS = Math.min(dtS, plant.glitchUntilS - timeS);
    return { glitchUntilS: plant.glitchUntilS, failsAfterS: 0, backAfterS };
  }
  const planned = faultOnsetS(constants.faults, 'beam_glitch', { fromS: timeS, toS: timeS + dtS });
  if (planned) {
    return { glitchUntilS: planned.endS, failsAfterS: planned.atS - timeS, backAfterS: dtS };
  }
  const chance = uniformAt(constants.seed, STREAM.glitchTime, plant.counter);
  const perInterval = GLITCHES_PER_S * constants.noiseScale * dtS;
  if (chance >= perInterval) return { glitchUntilS: 0, failsAfterS: dtS, backAfterS: 0 };
  const failsAfterS = (chance / perInterval) * dtS;
  const length = uniformAt(constants.seed, STREAM.glitchLength, plant.counter);
  const lastsS = GLITCH_S.shortest + length * (GLITCH_S.longest - GLITCH_S.shortest);
  return { glitchUntilS: timeS + failsAfterS + lastsS, failsAfterS, backAfterS: dtS };
}
