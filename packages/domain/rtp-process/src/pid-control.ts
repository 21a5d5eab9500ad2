import { stepPid } from '@spectra/control';
import type { PidSettings, PidState } from '@spectra/control';
import type { OutputTerms, PidGains } from './types.ts';

/** Gains when the recipe brings none: the best compromise of overshoot and robustness found on the simulated chamber. */
export const DEFAULT_GAINS: PidGains = { kp: 14, ki: 5, kd: 0.5 };

/** One per cent of the span, in °C: gains are per cent of lamp power per per cent of span. */
export const SPAN_PERCENT_C = 10;
/** Low-pass on the derivative, against pyrometer noise. */
export const DERIVATIVE_FILTER_S = 0.2;
/** The lamp supplies slew by their full range in a quarter of a second. */
export const LAMP_SLEW_PCT_PER_S = 400;

/** What the zone loops see in one step. */
export interface PidZones {
  readonly gains: PidGains;
  readonly states: readonly PidState[];
  readonly setpointC: number;
  readonly measuredC: readonly number[];
  /** Per zone, per cent of lamp power. */
  readonly feedForwardPct: readonly number[];
  readonly dtS: number;
}

/** One PID loop per zone around the feed-forward power. */
export function stepPidZones(zones: PidZones): {
  states: PidState[];
  powerPct: number[];
  terms: OutputTerms;
} {
  const settings = loopSettings(zones.gains);
  const steps = zones.measuredC.map((measured, zone) =>
    stepPid(settings, zones.states[zone] ?? INITIAL, {
      setpoint: zones.setpointC,
      measured,
      feedForward: zones.feedForwardPct[zone] ?? 0,
      dtS: zones.dtS,
    }),
  );
  const meanTerm = (name: 'proportional' | 'integral' | 'derivative' | 'feedForward') =>
    steps.reduce((sum, step) => sum + step.terms[name], 0) / steps.length;
  return {
    states: steps.map((step) => step.state),
    powerPct: steps.map((step) => step.output),
    terms: {
      feedForward: meanTerm('feedForward'),
      proportional: meanTerm('proportional'),
      integral: meanTerm('integral'),
      derivative: meanTerm('derivative'),
      predictive: null,
    },
  };
}

const INITIAL: PidState = { integral: 0, derivative: 0, output: 0, lastMeasured: null };

/** Lamp power that the derivative term takes away while the wafer heats at a steady rate. */
export function derivativePct(gains: PidGains, rampCPerS: number): number {
  return (gains.kd / SPAN_PERCENT_C) * rampCPerS;
}

/** Posted gains in the units of the loop: lamp per cent per °C. */
export function loopSettings(gains: PidGains): PidSettings {
  return {
    kp: gains.kp / SPAN_PERCENT_C,
    ki: gains.ki / SPAN_PERCENT_C,
    kd: gains.kd / SPAN_PERCENT_C,
    derivativeFilterS: DERIVATIVE_FILTER_S,
    outputMin: 0,
    outputMax: 100,
    outputRatePerS: LAMP_SLEW_PCT_PER_S,
    trackingTimeS: 0.5,
  };
}
