import type { Matrix } from './matrix.ts';
import { multiplyVector } from './matrix.ts';
import type { Mpc, MpcPlanStart } from './mpc-problem.ts';
import { poseMpcProblem } from './mpc-problem.ts';
import { solveQp } from './quadratic-program.ts';

/** What the controller remembers between steps; plain data. */
export type MpcState = {
  /** The states expected at the next sample. */
  readonly predicted: readonly number[];
  /** Estimated lasting disturbance of each state, per step. */
  readonly disturbance: readonly number[];
  readonly lastInput: readonly number[];
  readonly activeRows: readonly number[];
};

/** What one step sees. */
export type MpcInput = {
  /** Setpoint of every state for the coming steps, next step first; the last row holds from there on. */
  readonly reference: Matrix;
  /** Sensor readings; null for a state without a sensor (its prediction is kept). */
  readonly measured: readonly (number | null)[];
  /** Inputs to stay close to, such as a feed-forward power; zero when left out. */
  readonly inputReference?: readonly number[];
  /** Known drift of the states per step, such as the constant part of a linearised plant. */
  readonly drift?: readonly number[];
};

/** The input to apply now, the plan behind it, and how the optimum was found. */
export type MpcStep = {
  readonly state: MpcState;
  readonly output: number[];
  /** Expected states of the coming steps if the plan is kept, one row a step. */
  readonly plannedStates: number[][];
  readonly iterations: number;
  readonly status: 'optimal' | 'infeasible' | 'iteration_limit';
};

/** A controller that starts from known states and from inputs that are already applied. */
export function initialMpcState(start: { states: readonly number[]; inputs: readonly number[] }): MpcState {
  return {
    predicted: [...start.states],
    disturbance: start.states.map(() => 0),
    lastInput: [...start.inputs],
    activeRows: [],
  };
}

/**
 * One step of model predictive control; call once per `dtS`.
 *
 *   min Σ (x−r)ᵀQ(x−r) + (u−u_ref)ᵀR(u−u_ref) + Δuᵀ S Δu + w s²   over the horizon
 *   x⁺ = A x + B u + drift + d,   u_min ≤ u ≤ u_max,   |Δu| ≤ rate·dt,   x ≤ max(r) + margin + s
 *
 * d is the disturbance per step, integrated from the prediction error, which removes steady offset.
 * Source: Maciejowski, Predictive Control with Constraints (2002), chapters 2, 3 and 8. A plan can always
 * be made: only the overshoot limit could contradict the others, and it is soft. The same mpc may be
 * swapped for another of equal size between steps (gain scheduling) without loss of state.
 * Worked value: A = 1, B = 1, horizon 1, Q = 1, R = 1, S = 0, from 0 to reference 2: u = 1.
 */
export function stepMpc(mpc: Mpc, state: MpcState, input: MpcInput): MpcStep {
  const start = planStart(mpc, state, input);
  const { problem, free } = poseMpcProblem(mpc, start.plan);
  const solution = solveQp(mpc.qp, { ...problem, activeRows: state.activeRows });
  const output = applicable(mpc, start.plan.lastInput, solution.x);
  return {
    state: {
      predicted: predictNext(mpc, start.plan, output),
      disturbance: start.disturbance,
      lastInput: output,
      activeRows: shiftedRows(mpc, solution.activeRows),
    },
    output,
    plannedStates: plannedStates(mpc, free, solution.x),
    iterations: solution.iterations,
    status: solution.status,
  };
}

function planStart(mpc: Mpc, state: MpcState, input: MpcInput) {
  const { estimateGain, disturbanceGain, inputMin, inputMax } = mpc.settings;
  const error = state.predicted.map((expected, i) => (input.measured[i] ?? expected) - expected);
  const disturbance = state.disturbance.map((value, i) => value + disturbanceGain * error[i]!);
  const plan: MpcPlanStart = {
    estimate: state.predicted.map((value, i) => value + estimateGain * error[i]!),
    drift: disturbance.map((value, i) => value + (input.drift?.[i] ?? 0)),
    lastInput: state.lastInput.map((value, i) => Math.min(Math.max(value, inputMin[i]!), inputMax[i]!)),
    reference: input.reference,
    inputReference: input.inputReference ?? state.lastInput.map(() => 0),
  };
  return { disturbance, plan };
}

/** The plan one step later: rows of step k become rows of step k − 1, and the last step repeats itself. */
function shiftedRows(mpc: Mpc, activeRows: readonly number[]): number[] {
  const size = mpc.settings.horizon * mpc.settings.inputMin.length;
  return activeRows.flatMap((code) => {
    const row = Math.abs(code) - 1;
    const block = Math.min(2, Math.floor(row / size));
    const width = block === 2 ? mpc.cappedStates.length : mpc.settings.inputMin.length;
    const inBlock = row - block * size;
    const earlier = inBlock >= width ? [code - Math.sign(code) * width] : [];
    return inBlock >= (mpc.settings.horizon - 1) * width ? [...earlier, code] : earlier;
  });
}

/** Limits again what the solver returned, so that rounding never leaves the lamp limits. */
function applicable(mpc: Mpc, lastInput: readonly number[], plan: Float64Array): number[] {
  const { inputMin, inputMax, inputRatePerS, dtS } = mpc.settings;
  return lastInput.map((last, i) => {
    const reach = inputRatePerS[i]! * dtS;
    const slewed = Math.min(Math.max(plan[i]!, last - reach), last + reach);
    return Math.min(Math.max(slewed, inputMin[i]!), inputMax[i]!);
  });
}

function predictNext(mpc: Mpc, plan: MpcPlanStart, output: readonly number[]): number[] {
  const { a, b } = mpc.prediction.model;
  const own = multiplyVector(a, plan.estimate);
  const driven = multiplyVector(b, output);
  return plan.drift.map((drift, i) => own[i]! + driven[i]! + drift);
}

function plannedStates(mpc: Mpc, free: Float64Array, inputs: Float64Array): number[][] {
  const effect = multiplyVector(mpc.prediction.inputs, inputs);
  const size = mpc.settings.stateWeights.length;
  return Array.from({ length: mpc.settings.horizon }, (_, k) =>
    Array.from({ length: size }, (_, i) => free[k * size + i]! + effect[k * size + i]!),
  );
}
