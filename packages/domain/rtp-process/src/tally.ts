import type { RtpControl, RtpReadings, RtpTally, RtpWaferResult } from './types.ts';
import { meanOf } from './measure.ts';
import { chartSecond } from './error-chart.ts';

/** A hold counts as soak this long after the setpoint came to rest. */
const SOAK_AFTER_S = 3;

/** Statistics before the first sample. */
export function emptyTally(initialC: number): RtpTally {
  return {
    rampErrorSum: 0,
    rampSamples: 0,
    overshootC: 0,
    soakSamples: 0,
    soakErrorSum: 0,
    soakErrorSquares: 0,
    soakSpreadMax: 0,
    finalC: initialC,
    peakC: initialC,
    spcAlarms: 0,
  };
}

/** Takes one sample into the wafer's statistics, and once a second into the chart of the tracking error. */
export function tallied(control: RtpControl, dtS: number): RtpControl {
  if (control.setpointC === null) return control;
  const measuredC = meanOf(control.measuredC) ?? control.setpointC;
  const errorC = measuredC - control.setpointC;
  const charted = chartSecond(control, errorC, dtS);
  const { tally } = charted;
  const soaking = control.settledS > SOAK_AFTER_S;
  const ramping = Math.abs(control.rampCPerS) > 0.5;
  return {
    ...charted,
    tally: {
      ...tally,
      rampErrorSum: tally.rampErrorSum + (ramping ? Math.abs(errorC) : 0),
      rampSamples: tally.rampSamples + (ramping ? 1 : 0),
      overshootC: Math.max(tally.overshootC, overshootC(control, measuredC)),
      soakSamples: tally.soakSamples + (soaking ? 1 : 0),
      soakErrorSum: tally.soakErrorSum + (soaking ? errorC : 0),
      soakErrorSquares: tally.soakErrorSquares + (soaking ? errorC * errorC : 0),
      soakSpreadMax: soaking
        ? Math.max(tally.soakSpreadMax, spreadC(control.estimatedC))
        : tally.soakSpreadMax,
      finalC: measuredC,
      peakC: Math.max(tally.peakC, measuredC),
    },
  };
}

/** Three standard deviations of the zones around their mean. */
export function spreadC(zonesC: readonly number[]): number {
  const mean = meanOf(zonesC) ?? 0;
  const squares = zonesC.reduce((sum, tempC) => sum + (tempC - mean) ** 2, 0);
  return 3 * Math.sqrt(squares / zonesC.length);
}

/** How far a heated wafer is above the highest temperature that its segment asks for. */
export function overshootC(control: RtpControl, measuredC: number): number {
  const segment = control.planned.plan.segments.find(
    (each) => control.timeS >= each.startS && control.timeS < each.endS,
  );
  if (!segment || segment.targetC < segment.fromC) return 0;
  return Math.max(0, measuredC - segment.targetC);
}

/** What is known of the wafer at the end. */
export function waferResult(control: RtpControl, _readings: RtpReadings): RtpWaferResult {
  const { tally, planned } = control;
  const { soakSamples } = tally;
  const soakErrorC = soakSamples > 0 ? tally.soakErrorSum / soakSamples : null;
  const variance = soakSamples > 0 ? tally.soakErrorSquares / soakSamples - (soakErrorC ?? 0) ** 2 : 0;
  return {
    finalC: tally.finalC,
    targetC: planned.plan.segments.at(-1)?.targetC ?? tally.finalC,
    peakC: tally.peakC,
    overshootC: tally.overshootC,
    meanRampErrorC: tally.rampSamples > 0 ? tally.rampErrorSum / tally.rampSamples : 0,
    soakErrorC,
    soakSigmaC: soakSamples > 0 ? Math.sqrt(Math.max(0, variance)) : null,
    zoneSpreadC: soakSamples > 0 ? tally.soakSpreadMax : null,
    emissivity: control.emissivity,
    spcAlarms: tally.spcAlarms,
  };
}
