import type { ScanCommand, ScanSettings, ScanState } from './scan-settings.ts';
import { lineRatePerCmS, meanDosePerCm2, SCAN_AT_REST } from './scan-settings.ts';

/** How much the dose of the rest of a pass may be trimmed to end the pass on its total. */
const TRIM_MAX = 0.1;
/** A strip that needs less than this share of the least possible dose is crossed with the beam gated. */
const SKIP_SHARE = 0.5;
const POSITION_TOLERANCE_MM = 1e-9;

type Segment = { readonly lengthMm: number; readonly timeS: number; readonly beamOn: boolean };

/** Motion for the next interval: as fast as the strips ahead fill up at the present beam current. */
export function planMotion(settings: ScanSettings, state: ScanState, dtS: number): ScanCommand {
  const rate = lineRatePerCmS(settings, state.currentMa);
  if (!(rate > 0)) return SCAN_AT_REST;
  const trim = passTrim(settings, state);
  let positionMm = state.positionMm;
  let travelMm = 0;
  let timeS = 0;
  let beamOn: boolean | null = null;
  while (timeS < dtS) {
    const segment = nextSegment(settings, { state, positionMm, rate, trim });
    if (segment === null || (beamOn !== null && segment.beamOn !== beamOn)) break;
    const share = Math.min(1, (dtS - timeS) / segment.timeS);
    beamOn = segment.beamOn;
    timeS += share * segment.timeS;
    travelMm += share * segment.lengthMm;
    positionMm += state.direction * share * segment.lengthMm;
    if (share < 1) break;
  }
  if (beamOn === null || timeS <= 0) return SCAN_AT_REST;
  const speedMmPerS = travelMm / timeS;
  const moveS = beamOn ? Math.min(timeS, secondsToSetpoint(settings, state, rate)) : timeS;
  return { speedMmPerS, moveS, beamOn: beamOn && moveS > 0 };
}

/**
 * Books an interval: the dose goes to the strips that were crossed, by length. `litShare` is the part of the
 * way on which there was beam; what lies behind it has to be crossed again.
 */
export function bookMotion(
  settings: ScanSettings,
  state: ScanState,
  interval: { readonly meanCurrentMa: number; readonly litShare: number },
): ScanState {
  const { speedMmPerS, moveS, beamOn } = state.commanded;
  const travelMm = speedMmPerS * moveS * interval.litShare;
  if (!(travelMm > 0)) return state;
  const endMm = state.positionMm + state.direction * travelMm;
  if (!beamOn) return { ...state, positionMm: endMm };
  const ionsPerCm = lineRatePerCmS(settings, interval.meanCurrentMa) * moveS;
  const dosePerCm2 = ionsPerCm / (travelMm / 10);
  const low = Math.min(state.positionMm, endMm);
  const high = Math.max(state.positionMm, endMm);
  const stripMm = settings.strokeMm / settings.stripCount;
  const deliveredPerCm2 = state.deliveredPerCm2.map((dose, strip) => {
    const overlapMm = Math.min(high, (strip + 1) * stripMm) - Math.max(low, strip * stripMm);
    return overlapMm > 0 ? dose + (dosePerCm2 * overlapMm) / stripMm : dose;
  });
  return { ...state, deliveredPerCm2, positionMm: endMm };
}

/** Whether the stage stands at the end of the stroke towards which it moves. */
export function isAtStrokeEnd(settings: ScanSettings, state: ScanState): boolean {
  return lengthAheadMm(settings, state, state.positionMm) <= POSITION_TOLERANCE_MM;
}

function lengthAheadMm(settings: ScanSettings, state: ScanState, positionMm: number): number {
  return state.direction === 1 ? settings.strokeMm - positionMm : positionMm;
}

function nextSegment(
  settings: ScanSettings,
  at: { state: ScanState; positionMm: number; rate: number; trim: number },
): Segment | null {
  const { state, positionMm } = at;
  if (lengthAheadMm(settings, state, positionMm) <= POSITION_TOLERANCE_MM) return null;
  const stripMm = settings.strokeMm / settings.stripCount;
  const inside = positionMm + state.direction * POSITION_TOLERANCE_MM;
  const strip = Math.min(settings.stripCount - 1, Math.max(0, Math.floor(inside / stripMm)));
  const stripEndMm = state.direction === 1 ? (strip + 1) * stripMm : strip * stripMm;
  const lengthMm = Math.abs(stripEndMm - positionMm);
  const wantedS = (state.passDosePerCm2[strip]! * at.trim * (lengthMm / 10)) / at.rate;
  const fastestS = lengthMm / settings.speedMaxMmPerS;
  const slowestS = lengthMm / settings.speedMinMmPerS;
  if (wantedS < SKIP_SHARE * fastestS) return { lengthMm, timeS: fastestS, beamOn: false };
  return { lengthMm, timeS: Math.min(Math.max(wantedS, fastestS), slowestS), beamOn: true };
}

/** Small common factor on the rest of the pass, so that its noise does not add up. */
function passTrim(settings: ScanSettings, state: ScanState): number {
  const stripMm = settings.strokeMm / settings.stripCount;
  let plannedAhead = 0;
  state.passDosePerCm2.forEach((dose, strip) => {
    const low = Math.max(strip * stripMm, state.direction === 1 ? state.positionMm : 0);
    const high = Math.min(
      (strip + 1) * stripMm,
      state.direction === 1 ? settings.strokeMm : state.positionMm,
    );
    if (high > low) plannedAhead += (dose * (high - low)) / settings.strokeMm;
  });
  const goal = (settings.setpointDosePerCm2 * Math.min(state.pass + 1, state.passes)) / state.passes;
  const owed = goal - meanDosePerCm2(state);
  if (!(plannedAhead > 0)) return 1;
  return Math.min(Math.max(owed / plannedAhead, 1 - TRIM_MAX), 1 + TRIM_MAX);
}

function secondsToSetpoint(settings: ScanSettings, state: ScanState, rate: number): number {
  const owedPerCm2 = settings.setpointDosePerCm2 - meanDosePerCm2(state);
  return Math.max(0, (owedPerCm2 * (settings.strokeMm / 10)) / rate);
}
