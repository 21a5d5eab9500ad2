import { doseRatePerCm2S } from '@spectra/control';
import type { BeamInterval } from './beam-source.ts';
import { cupCurrentMa, exchangeCorrected } from './faraday-cup.ts';
import { activeFault } from './faults.ts';
import { addStroke, columnProfile, depositStrips } from './dose-recorder.ts';
import { TOOL } from './tool.ts';
import type { IonPlant, IonSetpoints } from './types.ts';

/** What an interval did to stage, dose and dosimetry. */
export interface Exposure {
  readonly changes: Pick<
    IonPlant,
    | 'gateOpen'
    | 'doseGateClosed'
    | 'positionMm'
    | 'direction'
    | 'pass'
    | 'waveform'
    | 'passStrips'
    | 'map'
    | 'beyondStrokePerCm2'
    | 'trueDosePerCm2'
    | 'countedDosePerCm2'
    | 'beamS'
  >;
  readonly litS: number;
  readonly cut: boolean;
  readonly strokeEnded: boolean;
  readonly speedMmPerS: number;
  /** Mean current on wafer and overscan over the whole interval. */
  readonly meanWaferMa: number;
}

/**
 * Moves the stage and lets the beam on the wafer. The tool's fast protection acts within the interval: when the
 * beam fails, or its own dose integrator reaches the recipe's dose, gate and stage stop at that instant.
 */
export function exposeWafer(
  plant: IonPlant,
  setpoints: IonSetpoints,
  beam: BeamInterval & { dtS: number },
): Exposure {
  const moving = setpoints.highVoltage || !setpoints.beamOn ? setpoints : { ...setpoints, moveS: 0 };
  const turned = turnStage(plant, moving);
  const wanted = moving.beamOn && !plant.doseGateClosed;
  const moveS = Math.min(moving.moveS, beam.dtS);
  const dose = gatedSeconds(plant, setpoints, beam.liveCurrentMa);
  const litS = wanted ? Math.min(moveS, beam.failsAfterS, dose.leftS) : 0;
  const movedS = moving.beamOn ? litS : moveS;
  const positionMm = Math.min(
    Math.max(turned.positionMm + moving.stageSpeedMmPerS * movedS, 0),
    plant.constants.strokeMm,
  );
  const arrived = deposit(plant, turned, { positionMm, litS, currentMa: beam.liveCurrentMa });
  return {
    changes: {
      ...turned,
      ...arrived,
      positionMm,
      gateOpen: litS > 0 && litS >= moveS,
      doseGateClosed:
        plant.doseGateClosed || (wanted && dose.leftS <= moveS && dose.leftS <= beam.failsAfterS),
      countedDosePerCm2: plant.countedDosePerCm2 + dose.ratePerCm2S * litS,
      beamS: plant.beamS + litS,
    },
    litS,
    cut: wanted && litS < moveS && beam.failsAfterS <= dose.leftS,
    strokeEnded: atEnd(plant, positionMm) && litS > 0,
    speedMmPerS: movedS > 0 ? moving.stageSpeedMmPerS : 0,
    meanWaferMa: (beam.liveCurrentMa * litS) / beam.dtS,
  };
}

type Stage = Pick<IonPlant, 'positionMm' | 'direction' | 'pass' | 'waveform' | 'passStrips' | 'map'>;

/** A new stroke begins when the stage is told to move the other way; the finished one goes into the map. */
function turnStage(plant: IonPlant, setpoints: IonSetpoints): Stage {
  const { positionMm, direction, pass, waveform, passStrips, map } = plant;
  const unchanged = { positionMm, direction, pass, waveform, passStrips, map };
  if (setpoints.stageSpeedMmPerS === 0 || setpoints.moveS === 0) {
    return pass < 0 && setpoints.waveform.length > 0
      ? { ...unchanged, waveform: setpoints.waveform }
      : unchanged;
  }
  const wantedDirection = setpoints.stageSpeedMmPerS > 0 ? 1 : -1;
  if (pass >= 0 && wantedDirection === direction) return unchanged;
  return {
    positionMm,
    direction: wantedDirection,
    pass: pass + 1,
    waveform: setpoints.waveform.length > 0 ? setpoints.waveform : waveform,
    passStrips: passStrips.map(() => 0),
    map: pass < 0 ? map : addStroke(map, passStrips, profileOf(plant)),
  };
}

/** Seconds until the tool's own integrator reaches the recipe's dose, at the present counting rate. */
function gatedSeconds(plant: IonPlant, setpoints: IonSetpoints, currentMa: number) {
  const counted = exchangeCorrected(plant, cupCurrentMa(plant, currentMa) * setpoints.cupFactor);
  const ratePerCm2S = doseRatePerCm2S(
    { chargeState: TOOL.chargeState, scannedAreaCm2: plant.constants.scannedAreaCm2 },
    counted,
  );
  const missing = plant.constants.recipe.dosePerCm2 - plant.countedDosePerCm2;
  return { ratePerCm2S, leftS: ratePerCm2S > 0 ? Math.max(0, missing) / ratePerCm2S : Infinity };
}

function deposit(
  plant: IonPlant,
  turned: Pick<IonPlant, 'positionMm' | 'passStrips' | 'map'>,
  lit: { positionMm: number; litS: number; currentMa: number },
) {
  const { constants, trueDosePerCm2, beyondStrokePerCm2 } = plant;
  if (lit.litS <= 0) {
    return { passStrips: turned.passStrips, trueDosePerCm2, beyondStrokePerCm2 };
  }
  const settings = { chargeState: TOOL.chargeState, scannedAreaCm2: constants.scannedAreaCm2 };
  const dosePerCm2 = doseRatePerCm2S(settings, lit.currentMa) * lit.litS;
  const fallen = depositStrips(turned.passStrips, {
    strokeMm: constants.strokeMm,
    fromMm: turned.positionMm,
    toMm: lit.positionMm,
    dosePerCm2,
  });
  return {
    passStrips: fallen.strips,
    beyondStrokePerCm2: beyondStrokePerCm2 + fallen.beyondPerCm2,
    trueDosePerCm2: trueDosePerCm2 + dosePerCm2,
  };
}

/** Beam at the columns now, with the fault of a skewed scan. */
export function profileOf(plant: IonPlant): number[] {
  const skew = activeFault(plant.constants.faults, 'scan_nonuniformity', plant.timeS)?.magnitude ?? 0;
  const { columnShape } = plant.constants;
  if (skew === 0) return columnProfile(columnShape, plant.waveform);
  const last = columnShape.length - 1;
  const skewed = columnShape.map((value, column) => value * Math.max(0, 1 + skew * (column / last - 0.5)));
  return columnProfile(skewed, plant.waveform);
}

function atEnd(plant: IonPlant, positionMm: number): boolean {
  return positionMm <= 1e-6 || positionMm >= plant.constants.strokeMm - 1e-6;
}
