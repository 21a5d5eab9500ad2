import { requirePositive, requireWithin } from './require-number.ts';
import { bookMotion, isAtStrokeEnd, planMotion } from './scan-march.ts';
import type { ScanSettings, ScanState } from './scan-settings.ts';
import { doseUniformityPct, lineRatePerCmS, meanDosePerCm2, SCAN_AT_REST } from './scan-settings.ts';

/** How many passes an implant takes, and the speed they need at the nominal current. */
export type ScanPlan = { readonly passes: number; readonly speedMmPerS: number; readonly beamOnS: number };

/** A plan, or why this dose cannot be scanned evenly with this beam. */
export type ScanPlanResult =
  | { readonly ok: true; readonly value: ScanPlan }
  | {
      readonly ok: false;
      readonly reason: 'dose_rate_too_high' | 'no_whole_number_of_passes';
      readonly detail: string;
      /** The largest beam current with which the dose could be scanned. */
      readonly beamCurrentMaxMa: number;
    };

/** What one step sees: the mean current on the wafer over the last interval, and if the beam may be used. */
export type ScanInput = {
  readonly beamCurrentMa: number;
  /** False gates the beam and keeps the position: a glitch, an interlock, a hold. */
  readonly beamReady: boolean;
  readonly dtS: number;
};

/** Commands for the next interval, and the dose so far. */
export type ScanStep = {
  readonly state: ScanState;
  readonly scanSpeedMmPerS: number;
  /** Seconds of the next interval with the beam on the wafer; the gate is closed for the rest. */
  readonly beamOnS: number;
  readonly dosePerCm2: number;
  readonly uniformityPct: number;
};

/** Fewer passes would not average beam noise; used when the speed range allows. */
const PASSES_PREFERRED_MIN = 4;
const EXTRA_PASSES_MAX = 3;
/** A dose this close below the setpoint is complete: a further pass could not hit it better. */
const COMPLETE_WITHIN = 5e-4;
/** Below this share of the expected current an interval counts as cut by a glitch, not as noisy. */
const CUT_BELOW_SHARE = 0.95;
/** Passes are planned to this share of the top speed, so that a beam that grows can be followed. */
const SPEED_HEADROOM = 0.9;

/**
 * Chooses a whole number of passes with a speed near the wanted one: D = N r / v, r = I/(n e W).
 * Source: Ryssel & Ruge, Ion Implantation (1986), section 5.2. Worked value: 1e15 cm⁻², 1 mA, W = 30 cm,
 * wanted 10 mm/s: one pass gives 2.08e14 cm⁻², so N = 5 at 10.40 mm/s.
 */
export function planScan(
  settings: ScanSettings,
  nominal: { readonly beamCurrentMa: number; readonly speedMmPerS: number },
): ScanPlanResult {
  requirePositive('setpointDosePerCm2', settings.setpointDosePerCm2);
  requirePositive('beamCurrentMa', nominal.beamCurrentMa);
  requireWithin('stripCount', settings.stripCount, [8, 512]);
  const rate = lineRatePerCmS(settings, nominal.beamCurrentMa);
  const dosePerPassAt = (speedMmPerS: number) => rate / (speedMmPerS / 10);
  const mostPasses = Math.floor(
    settings.setpointDosePerCm2 / dosePerPassAt(SPEED_HEADROOM * settings.speedMaxMmPerS),
  );
  const fewestPasses = Math.ceil(settings.setpointDosePerCm2 / dosePerPassAt(settings.speedMinMmPerS));
  const beamCurrentMaxMa =
    (nominal.beamCurrentMa * settings.setpointDosePerCm2) /
    dosePerPassAt(SPEED_HEADROOM * settings.speedMaxMmPerS);
  if (mostPasses < 1) {
    const fastest = SPEED_HEADROOM * settings.speedMaxMmPerS;
    const least = dosePerPassAt(fastest);
    const detail = `one pass at ${fastest} mm/s already gives ${least.toExponential(3)} per cm2 of the ${settings.setpointDosePerCm2.toExponential(3)} wanted; lower the beam current`;
    return { ok: false, reason: 'dose_rate_too_high', detail, beamCurrentMaxMa };
  }
  if (fewestPasses > mostPasses) {
    const detail = `no whole number of passes fits between ${settings.speedMinMmPerS} and ${settings.speedMaxMmPerS} mm/s`;
    return { ok: false, reason: 'no_whole_number_of_passes', detail, beamCurrentMaxMa };
  }
  const wanted = Math.round(settings.setpointDosePerCm2 / dosePerPassAt(nominal.speedMmPerS));
  const passes = Math.min(Math.max(wanted, fewestPasses, PASSES_PREFERRED_MIN), mostPasses);
  const speedMmPerS = (10 * rate * passes) / settings.setpointDosePerCm2;
  return { ok: true, value: { passes, speedMmPerS, beamOnS: (passes * settings.strokeMm) / speedMmPerS } };
}

/**
 * A scan at the start of its stroke. An implant that was interrupted hands in the state it stored instead;
 * if only the mean dose is known, `deliveredPerCm2` starts all strips there.
 */
export function initialScanState(
  settings: ScanSettings,
  start: { readonly passes: number; readonly beamCurrentMa: number; readonly deliveredPerCm2?: number },
): ScanState {
  const delivered = start.deliveredPerCm2 ?? 0;
  const state: ScanState = {
    status: 'scanning',
    positionMm: 0,
    direction: 1,
    pass: Math.min(
      start.passes - 1,
      Math.floor((delivered / settings.setpointDosePerCm2) * start.passes + 1e-9),
    ),
    passes: start.passes,
    deliveredPerCm2: Array.from({ length: settings.stripCount }, () => delivered),
    passDosePerCm2: [],
    currentMa: start.beamCurrentMa,
    commanded: SCAN_AT_REST,
  };
  return { ...state, passDosePerCm2: passDose(settings, state) };
}

/**
 * One step of the slow-scan controller. It books the dose of the interval that just ended, then sets the
 * stage speed for the next so that each strip fills up to its share, v = r/owed, with r from the filtered
 * beam current: noise, drift and the strips that earlier passes left short or long are made good, the
 * last pass ends at the setpoint, and the beam is gated as soon as the booked mean reaches it.
 * When the beam is cut within an interval (an arc ends it at once), the charge tells how far the stage was
 * lit; the scan goes on from there, so no stripe stays.
 */
export function stepScanControl(settings: ScanSettings, state: ScanState, input: ScanInput): ScanStep {
  requirePositive('dtS', input.dtS);
  if (state.status === 'complete') return describe({ ...state, commanded: SCAN_AT_REST });
  const booked = bookInterval(settings, state, input);
  const turned = isAtStrokeEnd(settings, booked) ? turnAround(settings, booked) : booked;
  const mean = meanDosePerCm2(turned);
  if (turned.status === 'complete' || mean >= settings.setpointDosePerCm2 * (1 - 1e-9)) {
    return describe({ ...turned, status: 'complete', commanded: SCAN_AT_REST });
  }
  if (!input.beamReady) return describe({ ...turned, status: 'holding', commanded: SCAN_AT_REST });
  const ready: ScanState = { ...turned, status: 'scanning' };
  return describe({ ...ready, commanded: planMotion(settings, ready, input.dtS) });
}

function describe(state: ScanState): ScanStep {
  const { speedMmPerS, moveS, beamOn } = state.commanded;
  return {
    state,
    scanSpeedMmPerS: speedMmPerS,
    beamOnS: beamOn ? moveS : 0,
    dosePerCm2: meanDosePerCm2(state),
    uniformityPct: doseUniformityPct(state.deliveredPerCm2),
  };
}

function bookInterval(settings: ScanSettings, state: ScanState, input: ScanInput): ScanState {
  const share = input.beamCurrentMa / state.currentMa;
  const cut = !input.beamReady && state.commanded.beamOn && share < CUT_BELOW_SHARE;
  const litShare = cut ? Math.max(0, share) : 1;
  const booked = bookMotion(settings, state, { meanCurrentMa: input.beamCurrentMa, litShare });
  return { ...booked, currentMa: filteredCurrent(settings, state, input) };
}

function filteredCurrent(settings: ScanSettings, state: ScanState, input: ScanInput): number {
  if (!input.beamReady || !(input.beamCurrentMa > 0)) return state.currentMa;
  if (state.status === 'holding') return input.beamCurrentMa;
  const weight = input.dtS / (settings.currentFilterS + input.dtS);
  return state.currentMa + weight * (input.beamCurrentMa - state.currentMa);
}

function turnAround(settings: ScanSettings, state: ScanState): ScanState {
  const pass = state.pass + 1;
  const next: ScanState = {
    ...state,
    pass,
    direction: state.direction === 1 ? -1 : 1,
    positionMm: state.direction === 1 ? settings.strokeMm : 0,
  };
  if (pass < state.passes) return { ...next, passDosePerCm2: passDose(settings, next) };
  const missing = 1 - meanDosePerCm2(state) / settings.setpointDosePerCm2;
  if (missing <= COMPLETE_WITHIN || pass >= state.passes + EXTRA_PASSES_MAX)
    return { ...next, status: 'complete' };
  return { ...next, passDosePerCm2: passDose(settings, next) };
}

/** What each strip lacks of its share after this pass. */
function passDose(settings: ScanSettings, state: ScanState): number[] {
  const share = Math.min(1, (state.pass + 1) / state.passes);
  return state.deliveredPerCm2.map((dose, strip) =>
    Math.max(0, settings.setpointDosePerCm2 * (settings.stripWeights?.[strip] ?? 1) * share - dose),
  );
}
