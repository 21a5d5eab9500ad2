import type { PidSettings } from './pid.ts';
import { initialPidState, stepPid } from './pid.ts';
import type { ProcessModel } from './process-model.ts';
import { initialProcessState, stepProcess } from './process-model.ts';
import type { PidTuning } from './tuning-rules.ts';
import { requirePositive } from './require-number.ts';

/** A setpoint that moves from 0 to `size`, at once or by a ramp, and what the actuator may do. */
export type LoopTest = {
  readonly size: number;
  /** Slope of the setpoint; Infinity for a step. */
  readonly rampPerS: number;
  readonly dtS: number;
  readonly durationS: number;
  readonly outputMin: number;
  readonly outputMax: number;
};

/** How a loop answered. */
export type LoopPerformance = {
  readonly overshootPct: number;
  /** Time after the end of the ramp until the output stays within 2 % of the size; null if it never does. */
  readonly settlingTimeS: number | null;
  /** Mean error over the last tenth. */
  readonly steadyStateError: number;
  /** Largest error while the setpoint ramps; 0 for a step. */
  readonly rampErrorMax: number;
  readonly integralAbsoluteError: number;
};

const SETTLED_WITHIN = 0.02;
const STEPS_MAX = 200_000;

/** PID settings for a tuning: derivative filter T_d/10, tracking time √(T_i T_d) or T_i. */
export function pidFromTuning(
  tuning: PidTuning,
  limits: Pick<PidSettings, 'outputMin' | 'outputMax' | 'outputRatePerS'>,
): PidSettings {
  const { gain, integralTimeS, derivativeTimeS } = tuning;
  return {
    kp: gain,
    ki: gain / integralTimeS,
    kd: gain * derivativeTimeS,
    derivativeFilterS: derivativeTimeS / 10,
    trackingTimeS: derivativeTimeS > 0 ? Math.sqrt(integralTimeS * derivativeTimeS) : integralTimeS,
    ...limits,
  };
}

/** Performance of a PID loop on a model, by simulation at the control rate, with the actuator's limits. */
export function simulateLoop(model: ProcessModel, pid: PidSettings, test: LoopTest): LoopPerformance {
  requirePositive('dtS', test.dtS);
  const steps = Math.min(STEPS_MAX, Math.ceil(test.durationS / test.dtS));
  const outputs: number[] = [];
  const setpoints: number[] = [];
  let process = initialProcessState(model, test.dtS);
  let state = initialPidState({ output: Math.min(Math.max(0, test.outputMin), test.outputMax) });
  for (let step = 0; step < steps; step += 1) {
    const setpoint = setpointAt(test, step * test.dtS);
    outputs.push(process.output);
    setpoints.push(setpoint);
    const control = stepPid(pid, state, {
      setpoint,
      measured: process.output,
      feedForward: 0,
      dtS: test.dtS,
    });
    state = control.state;
    process = stepProcess(model, process, control.output, test.dtS);
  }
  return judgeResponse(test, outputs, setpoints);
}

/** Judges any recorded answer to a test setpoint, sampled every `dtS`. */
export function judgeResponse(
  test: LoopTest,
  outputs: readonly number[],
  setpoints: readonly number[],
): LoopPerformance {
  const rampEndS = test.rampPerS === Infinity ? 0 : Math.abs(test.size / test.rampPerS);
  const errors = outputs.map((output, i) => setpoints[i]! - output);
  const sign = Math.sign(test.size);
  const peak = outputs.reduce((most, output) => Math.max(most, sign * output), -Infinity);
  const band = SETTLED_WITHIN * Math.abs(test.size);
  const lastOutside = outputs.findLastIndex((output) => Math.abs(test.size - output) > band);
  const tail = errors.slice(Math.floor(0.9 * errors.length));
  const ramping = errors.filter((_, i) => i * test.dtS < rampEndS);
  return {
    overshootPct: Math.max(0, (100 * (peak - Math.abs(test.size))) / Math.abs(test.size)),
    settlingTimeS:
      lastOutside === outputs.length - 1 ? null : Math.max(0, (lastOutside + 1) * test.dtS - rampEndS),
    steadyStateError: tail.reduce((sum, error) => sum + error, 0) / tail.length,
    rampErrorMax: ramping.reduce((most, error) => Math.max(most, Math.abs(error)), 0),
    integralAbsoluteError: errors.reduce((sum, error) => sum + Math.abs(error) * test.dtS, 0),
  };
}

function setpointAt(test: LoopTest, timeS: number): number {
  if (test.rampPerS === Infinity) return test.size;
  return Math.sign(test.size) * Math.min(Math.abs(test.size), Math.abs(test.rampPerS) * timeS);
}
