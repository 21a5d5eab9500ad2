import { createMpc } from './mpc-problem.ts';
import type { MpcSettings } from './mpc-problem.ts';
import { initialMpcState, stepMpc } from './mpc.ts';
import type { OptimizationTarget } from './advise-pid.ts';
import type { ProcessModel } from './process-model.ts';
import { initialProcessState, requireModel, stepProcess } from './process-model.ts';
import type { LoopPerformance, LoopTest } from './simulate-loop.ts';
import { judgeResponse } from './simulate-loop.ts';

/** Weights of one zone: per squared tracking error, per squared input, per squared change of the input. */
type ZoneWeights = { readonly tracking: number; readonly input: number; readonly change: number };

/** A model of one zone, how many zones there are, a target, how the loop is used, and the weights in force, if any. */
export type MpcAdviceRequest = {
  readonly model: ProcessModel;
  readonly zones: number;
  readonly target: OptimizationTarget;
  readonly test: LoopTest;
  readonly outputRatePerS: number;
  readonly horizon: number;
  readonly present?: ZoneWeights;
};

/** Weight matrices for the zones (diagonal), with the expected performance of one zone by simulation. */
export type JudgedWeights = {
  readonly Q: number[][];
  readonly R: number[][];
  /** Weight of input changes, diagonal. */
  readonly S: number[][];
  readonly performance: LoopPerformance;
};

/** The advised weights, and those in force judged the same way. */
export type MpcAdvice = JudgedWeights & {
  readonly horizon: number;
  readonly alternatives: readonly JudgedWeights[];
  readonly present: JudgedWeights | null;
};

const RATE_WEIGHTS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10];

/**
 * Weights by Bryson's rule, then a search: Q = 1/e², R = 1e-4/u², S = s/u², e one per cent of the setpoint
 * change and u the actuator span; s is chosen by simulating the controller on the model. Source: Bryson & Ho,
 * Applied Optimal Control (1975), section 5.2. Worked value: a change of 100 and a span of 1 give Q = 1, R =
 * 1e-4. The horizon has to reach beyond the dead time: choose the test's `dtS` so.
 */
export function adviseMpc(request: MpcAdviceRequest): MpcAdvice {
  requireModel(request.model);
  const { test } = request;
  const span = test.outputMax - test.outputMin;
  const tried = RATE_WEIGHTS.map((rate) =>
    judge(request, {
      tracking: 1 / (0.01 * test.size) ** 2,
      input: 1e-4 / span ** 2,
      change: rate / span ** 2,
    }),
  );
  const best = tried.reduce((a, b) =>
    score(request, b.performance) < score(request, a.performance) ? b : a,
  );
  return {
    ...best,
    horizon: request.horizon,
    alternatives: tried,
    present: request.present ? judge(request, request.present) : null,
  };
}

function judge(request: MpcAdviceRequest, weights: ZoneWeights): JudgedWeights {
  return {
    Q: diagonal(request.zones, weights.tracking),
    R: diagonal(request.zones, weights.input),
    S: diagonal(request.zones, weights.change),
    performance: simulateZone(request, zoneSettings(request, weights)),
  };
}

/**
 * One zone with its dead time as a chain of past inputs, x = (y, u₋₁, …, u₋d₋₁): exact also where the dead time is no
 * whole number of steps (see `stepProcess`).
 */
function zoneSettings(request: MpcAdviceRequest, weights: ZoneWeights): MpcSettings {
  const { test } = request;
  const { keep, fresh, old, delay } = sampled(request.model, test.dtS);
  const size = 2 + delay;
  // Column of the input of k steps ago; of this step there is none, it comes in through B.
  const A = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (__, j) => {
      if (i > 0) return i > 1 && j === i - 1 ? 1 : 0;
      if (j === 0) return keep;
      return (j === delay ? fresh : 0) + (j === delay + 1 ? old : 0);
    }),
  );
  const B = Array.from({ length: size }, (_, i) => [i === 0 ? (delay === 0 ? fresh : 0) : i === 1 ? 1 : 0]);
  const onlyOutput = (value: number, other: number) =>
    Array.from({ length: size }, (_, i) => (i === 0 ? value : other));
  return {
    A,
    B,
    dtS: test.dtS,
    horizon: request.horizon,
    stateWeights: onlyOutput(weights.tracking, 0),
    inputWeights: [weights.input],
    inputRateWeights: [weights.change],
    inputMin: [test.outputMin],
    inputMax: [test.outputMax],
    inputRatePerS: [request.outputRatePerS],
    overshootMargin: onlyOutput(0, Infinity),
    overshootWeight: 10 * weights.tracking,
    estimateGain: 1,
    disturbanceGain: 0.2,
  };
}

/** The process over one step with the input held: y⁺ = keep y + fresh u₋d + old u₋d₋₁. */
function sampled(model: ProcessModel, dtS: number) {
  const delay = Math.floor(model.deadTimeS / dtS + 1e-9);
  const fractionS = Math.max(0, model.deadTimeS - delay * dtS);
  const keep = Math.exp(-dtS / model.timeConstantS);
  const keepAfter = Math.exp(-(dtS - fractionS) / model.timeConstantS);
  return { delay, keep, fresh: model.gain * (1 - keepAfter), old: model.gain * (keepAfter - keep) };
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
    // As in the chamber, inputs are weighted by their distance from what holds the setpoint.
    const holding = reference[0]![0]! / model.gain;
    const inputReference = [Math.min(Math.max(holding, test.outputMin), test.outputMax)];
    const result = stepMpc(mpc, state, { reference, measured, inputReference });
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
