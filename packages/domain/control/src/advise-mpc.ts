import { createMpc } from './mpc-problem.ts';
import type { MpcSettings } from './mpc-problem.ts';
import { initialMpcState, stepMpc } from './mpc.ts';
import type { OptimizationTarget } from './advise-pid.ts';
import type { ProcessModel } from './process-model.ts';
import { initialProcessState, requireModel, stepProcess } from './process-model.ts';
import type { LoopPerformance, LoopTest } from './simulate-loop.ts';
import { judgeResponse } from './simulate-loop.ts';

/** A model of one zone, how many zones there are, a target, and how the loop is used. */
export type MpcAdviceRequest = {
  readonly model: ProcessModel;
  readonly zones: number;
  readonly target: OptimizationTarget;
  readonly test: LoopTest;
  readonly outputRatePerS: number;
  readonly horizon: number;
};

/** Weight matrices for the zones (diagonal), with the expected performance of one zone by simulation. */
export type MpcAdvice = {
  readonly Q: number[][];
  readonly R: number[][];
  /** Weight of input changes, diagonal. */
  readonly S: number[][];
  readonly horizon: number;
  readonly performance: LoopPerformance;
};

const RATE_WEIGHTS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const DELAY_STEPS_MAX = 30;

/**
 * Weights by Bryson's rule, then a search: Q = 1/e², R = 1e-4/u², S = s/u², e one per cent of the setpoint
 * change and u the actuator span; s is chosen by simulating the controller on the model. Source: Bryson & Ho,
 * Applied Optimal Control (1975), section 5.2. Worked value: a change of 100 and a span of 1 give Q = 1, R =
 * 1e-4.
 */
export function adviseMpc(request: MpcAdviceRequest): MpcAdvice {
  requireModel(request.model);
  const tried = RATE_WEIGHTS.map((weight) => {
    const settings = zoneSettings(request, weight);
    return { settings, performance: simulateZone(request, settings) };
  });
  const best = tried.reduce((a, b) =>
    score(request, b.performance) < score(request, a.performance) ? b : a,
  );
  return {
    Q: diagonal(request.zones, best.settings.stateWeights[0]!),
    R: diagonal(request.zones, best.settings.inputWeights[0]!),
    S: diagonal(request.zones, best.settings.inputRateWeights[0]!),
    horizon: request.horizon,
    performance: best.performance,
  };
}

/** One zone with its dead time as a chain of past inputs: x = (y, u₋₁, …, u₋d). */
function zoneSettings(request: MpcAdviceRequest, rateWeight: number): MpcSettings {
  const { model, test } = request;
  const delay = Math.min(DELAY_STEPS_MAX, Math.round(model.deadTimeS / test.dtS));
  const keep = Math.exp(-test.dtS / model.timeConstantS);
  const drive = model.gain * (1 - keep);
  const size = 1 + delay;
  const A = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (__, j) => {
      if (i === 0) return j === 0 ? keep : j === size - 1 ? drive : 0;
      return i > 1 && j === i - 1 ? 1 : 0;
    }),
  );
  const B = Array.from({ length: size }, (_, i) => [delay === 0 ? drive : i === 1 ? 1 : 0]);
  const span = test.outputMax - test.outputMin;
  const onlyOutput = (value: number, other: number) =>
    Array.from({ length: size }, (_, i) => (i === 0 ? value : other));
  return {
    A,
    B,
    dtS: test.dtS,
    horizon: request.horizon,
    stateWeights: onlyOutput(1 / (0.01 * test.size) ** 2, 0),
    inputWeights: [1e-4 / span ** 2],
    inputRateWeights: [rateWeight / span ** 2],
    inputMin: [test.outputMin],
    inputMax: [test.outputMax],
    inputRatePerS: [request.outputRatePerS],
    overshootMargin: onlyOutput(0, Infinity),
    overshootWeight: 10 / (0.01 * test.size) ** 2,
    estimateGain: 1,
    disturbanceGain: 0.2,
  };
}

function simulateZone(request: MpcAdviceRequest, settings: MpcSettings): LoopPerformance {
  const { model, test } = request;
  const mpc = createMpc(settings);
  const states = settings.stateWeights.map(() => 0);
  const steps = Math.min(2000, Math.ceil(test.durationS / test.dtS));
  const setpointAt = (step: number) =>
    test.rampPerS === Infinity
      ? test.size
      : Math.sign(test.size) * Math.min(Math.abs(test.size), Math.abs(test.rampPerS) * step * test.dtS);
  const outputs: number[] = [];
  const setpoints: number[] = [];
  let process = initialProcessState(model, test.dtS);
  let state = initialMpcState({ states, inputs: [Math.min(Math.max(0, test.outputMin), test.outputMax)] });
  for (let step = 0; step < steps; step += 1) {
    outputs.push(process.output);
    setpoints.push(setpointAt(step));
    const reference = Array.from({ length: settings.horizon }, (_, k) =>
      states.map((_, i) => (i === 0 ? setpointAt(step + k + 1) : 0)),
    );
    const measured = states.map((_, i) => (i === 0 ? process.output : null));
    const result = stepMpc(mpc, state, { reference, measured });
    state = result.state;
    process = stepProcess(model, process, result.output[0]!, test.dtS);
  }
  return judgeResponse(test, outputs, setpoints);
}

function score(request: MpcAdviceRequest, performance: LoopPerformance): number {
  const size = Math.abs(request.test.size);
  const rest = performance.integralAbsoluteError / (size * request.test.durationS);
  if (request.target === 'minimize_overshoot') return performance.overshootPct + rest;
  if (request.target === 'minimize_ramp_error') return performance.rampErrorMax / size + rest;
  return (performance.settlingTimeS ?? 1e9) + rest;
}

function diagonal(size: number, value: number): number[][] {
  return Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (__, j) => (i === j ? value : 0)),
  );
}
