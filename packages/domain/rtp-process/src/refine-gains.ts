import { isStableLoop, maximumSensitivity, simulateLoop } from '@spectra/control';
import type { LoopPerformance, LoopTest, OptimizationTarget, ProcessModel } from '@spectra/control';
import { loopSettings, SPAN_PERCENT_C } from './pid-control.ts';
import type { PidGains } from './types.ts';

/** Gains as the chamber's zone loops would run them, judged on a model. */
export interface JudgedGains {
  readonly gains: PidGains;
  readonly performance: LoopPerformance;
  /** Infinity for a loop that is not stable. */
  readonly sensitivity: number;
}

/** What gains are judged on. */
export interface GainTest {
  readonly model: ProcessModel;
  readonly target: OptimizationTarget;
  readonly test: LoopTest;
}

/** Less robust loops are not advised. */
const SENSITIVITY_MAX = 1.8;
const FACTORS = [1.6, 1.25, 1.1] as const;
const ROUNDS_PER_FACTOR = 4;
const POSTED_MAX = 1000;
const POSTED_KP_MIN = 1e-6;
/** No target is served by more overshoot than this. */
const OVERSHOOT_PCT_MAX = 4;

/** Simulates the loop with its real limits, filter and anti-windup. */
export function judgeGains({ model, test }: GainTest, gains: PidGains): JudgedGains {
  const derivativeTimeS = gains.kd / gains.kp;
  const integralTimeS = gains.ki > 0 ? gains.kp / gains.ki : 1e6;
  const { outputMin, outputMax } = test;
  const tuning = { gain: gains.kp / SPAN_PERCENT_C, integralTimeS, derivativeTimeS };
  return {
    gains,
    performance: simulateLoop(model, { ...loopSettings(gains), outputMin, outputMax }, test),
    sensitivity: isStableLoop(model, tuning) ? maximumSensitivity(model, tuning) : Infinity,
  };
}

/**
 * Best gains from some starting points: a pattern search in factors of each gain, by simulation, among loops that are
 * robust enough. It never ends worse than its best start.
 */
export function refineGains(problem: GainTest, starts: readonly PidGains[]): JudgedGains {
  const judged = starts.map((gains) => judgeGains(problem, bounded(gains)));
  let best = judged.reduce((a, b) => (cost(problem, b) < cost(problem, a) ? b : a));
  for (const factor of FACTORS) {
    for (let round = 0; round < ROUNDS_PER_FACTOR; round += 1) {
      const next = neighbours(best.gains, factor)
        .map((gains) => judgeGains(problem, bounded(gains)))
        .reduce((a, b) => (cost(problem, b) < cost(problem, a) ? b : a), best);
      if (next === best) break;
      best = next;
    }
  }
  return best;
}

/** The figure of the target; robustness first, then a little of the integral of error, so that ties are decided. */
export function cost({ target, test }: GainTest, { performance, sensitivity }: JudgedGains): number {
  const size = Math.abs(test.size);
  const figures = {
    minimize_overshoot: performance.overshootPct,
    minimize_ramp_error: (100 * performance.rampErrorMax) / size,
    minimize_settling_time: 10 * (performance.settlingTimeS ?? test.durationS),
  };
  const fragile = 1e6 * Math.max(0, sensitivity - SENSITIVITY_MAX);
  const restless = performance.settlingTimeS === null ? 1e5 : 0;
  const wild = 100 * Math.max(0, performance.overshootPct - OVERSHOOT_PCT_MAX);
  const figure = figures[target] + performance.integralAbsoluteError / size + fragile + restless + wild;
  return Number.isFinite(figure) ? figure : Infinity;
}

function neighbours(gains: PidGains, factor: number): PidGains[] {
  return (['kp', 'ki', 'kd'] as const).flatMap((name) => [
    { ...gains, [name]: gains[name] * factor },
    { ...gains, [name]: gains[name] / factor },
  ]);
}

function bounded(gains: PidGains): PidGains {
  const within = (value: number, least: number) =>
    Number(Math.min(POSTED_MAX, Math.max(least, value)).toPrecision(6));
  return { kp: within(gains.kp, POSTED_KP_MIN), ki: within(gains.ki, 0), kd: within(gains.kd, 0) };
}
