import type { Dense, Matrix } from './matrix.ts';
import { createDense, multiply, transpose } from './matrix.ts';
import type { Prediction } from './mpc-model.ts';
import { freeResponse, predictHorizon } from './mpc-model.ts';
import type { PreparedQp, QpProblem } from './quadratic-program.ts';
import { prepareQp } from './quadratic-program.ts';
import { requirePositive, requireWithin } from './require-number.ts';

/** A model predictive controller for x⁺ = A x + B u + drift with n states and m inputs. */
export type MpcSettings = {
  readonly A: Matrix;
  readonly B: Matrix;
  readonly dtS: number;
  /** Steps that the plan looks ahead. */
  readonly horizon: number;
  /** Cost per squared tracking error of each state (diagonal of Q); 0 leaves a state free. */
  readonly stateWeights: readonly number[];
  /** Cost per squared distance of each input from its reference (diagonal of R). */
  readonly inputWeights: readonly number[];
  /** Cost per squared change of each input from step to step. */
  readonly inputRateWeights: readonly number[];
  readonly inputMin: readonly number[];
  readonly inputMax: readonly number[];
  /** Largest change of each input per second; Infinity for none. */
  readonly inputRatePerS: readonly number[];
  /** How far each state may rise above the highest reference in sight; Infinity for no limit. */
  readonly overshootMargin: readonly number[];
  /** Cost per squared excess over the overshoot limit; large is stiff. */
  readonly overshootWeight: number;
  /** Share of a prediction error that corrects the state estimate at once, 0 to 1 (1: trust the sensor). */
  readonly estimateGain: number;
  /** Share of a prediction error that is taken as lasting disturbance, 0 to 1; above 0 for no offset. */
  readonly disturbanceGain: number;
};

/** A controller prepared once; holds only numbers and is never changed by a step. */
export type Mpc = {
  readonly settings: MpcSettings;
  readonly prediction: Prediction;
  readonly qp: PreparedQp;
  /** 2 Γᵀ Q: turns stacked state errors into a gradient. */
  readonly errorGradient: Dense;
  readonly cappedStates: readonly number[];
};

/** What a plan starts from: corrected estimate, total drift per step, inputs now, and the wishes. */
export type MpcPlanStart = {
  readonly estimate: readonly number[];
  readonly drift: readonly number[];
  readonly lastInput: readonly number[];
  readonly reference: Matrix;
  readonly inputReference: readonly number[];
};

const HORIZON_MAX = 100;

/** Checks and prepares a controller: prediction, Hessian, factorisation. Some milliseconds; do it once. */
export function createMpc(settings: MpcSettings): Mpc {
  checkSettings(settings);
  const prediction = predictHorizon(settings.A, settings.B, settings.horizon);
  const errorGradient = weightedTranspose(prediction, settings.stateWeights);
  const cappedStates = settings.overshootMargin.flatMap((margin, state) =>
    margin < Infinity ? [state] : [],
  );
  const constraints = stackConstraints(settings, prediction, cappedStates);
  const softness = new Float64Array(constraints.rows);
  // ½ s²/softness = w s².
  softness.fill(1 / (2 * settings.overshootWeight), 2 * settings.horizon * settings.inputMin.length);
  const qp = prepareQp(costHessian(settings, prediction, errorGradient), constraints, softness);
  return { settings, prediction, qp, errorGradient, cappedStates };
}

/** The quadratic programme of one plan, and the states that would follow if all inputs were zero. */
export function poseMpcProblem(mpc: Mpc, start: MpcPlanStart): { problem: QpProblem; free: Float64Array } {
  const free = freeResponse(mpc.prediction, start.estimate, start.drift);
  const reference = stackReference(mpc.settings, start.reference);
  return {
    free,
    problem: {
      gradient: costGradient(mpc, start, { free, reference }),
      ...rowLimits(mpc, start, { free, reference }),
    },
  };
}

function checkSettings(settings: MpcSettings): void {
  const states = settings.A.length;
  const inputs = settings.inputMin.length;
  requirePositive('dtS', settings.dtS);
  requireWithin('horizon', settings.horizon, [1, HORIZON_MAX]);
  requirePositive('overshootWeight', settings.overshootWeight);
  requireWithin('estimateGain', settings.estimateGain, [0, 1]);
  requireWithin('disturbanceGain', settings.disturbanceGain, [0, 1]);
  requireLength('A[0]', settings.A[0], states);
  requireLength('B', settings.B, states);
  requireLength('B[0]', settings.B[0], inputs);
  for (const name of ['stateWeights', 'overshootMargin'] as const)
    requireLength(name, settings[name], states);
  for (const name of ['inputWeights', 'inputRateWeights', 'inputMax', 'inputRatePerS'] as const) {
    requireLength(name, settings[name], inputs);
  }
}

function requireLength(name: string, list: { readonly length: number } | undefined, length: number): void {
  if (list?.length !== length)
    throw new RangeError(`${name} has ${list?.length ?? 0} entries; it must have ${length}`);
}

function weightedTranspose(prediction: Prediction, weights: readonly number[]): Dense {
  const result = transpose(prediction.inputs);
  for (let i = 0; i < result.rows; i += 1) {
    for (let j = 0; j < result.columns; j += 1) {
      result.values[i * result.columns + j]! *= 2 * weights[j % weights.length]!;
    }
  }
  return result;
}

function costHessian(settings: MpcSettings, prediction: Prediction, errorGradient: Dense): Dense {
  const hessian = multiply(errorGradient, prediction.inputs);
  const inputs = settings.inputMin.length;
  const size = hessian.rows;
  for (let i = 0; i < size; i += 1) {
    const change = 2 * settings.inputRateWeights[i % inputs]!;
    const isLast = i + inputs >= size;
    hessian.values[i * size + i]! += 2 * settings.inputWeights[i % inputs]! + (isLast ? change : 2 * change);
    if (isLast) continue;
    hessian.values[i * size + i + inputs]! -= change;
    hessian.values[(i + inputs) * size + i]! -= change;
  }
  return hessian;
}

/** Rows: every input, every change of an input, every capped state. */
function stackConstraints(
  settings: MpcSettings,
  prediction: Prediction,
  cappedStates: readonly number[],
): Dense {
  const inputs = settings.inputMin.length;
  const states = settings.stateWeights.length;
  const size = settings.horizon * inputs;
  const rows = createDense(2 * size + settings.horizon * cappedStates.length, size);
  for (let i = 0; i < size; i += 1) {
    rows.values[i * size + i] = 1;
    rows.values[(size + i) * size + i] = 1;
    if (i >= inputs) rows.values[(size + i) * size + i - inputs] = -1;
  }
  let row = 2 * size;
  for (let k = 0; k < settings.horizon; k += 1) {
    for (const state of cappedStates) {
      const from = (k * states + state) * size;
      rows.values.set(prediction.inputs.values.subarray(from, from + size), row * size);
      row += 1;
    }
  }
  return rows;
}

function stackReference(settings: MpcSettings, reference: Matrix): Float64Array {
  const states = settings.stateWeights.length;
  const stacked = new Float64Array(settings.horizon * states);
  for (let k = 0; k < settings.horizon; k += 1) {
    const row = reference[Math.min(k, reference.length - 1)];
    requireLength('reference row', row, states);
    if (row) stacked.set(row, k * states);
  }
  return stacked;
}

type Stacked = { readonly free: Float64Array; readonly reference: Float64Array };

function costGradient(mpc: Mpc, start: MpcPlanStart, { free, reference }: Stacked): Float64Array {
  const { inputWeights, inputRateWeights } = mpc.settings;
  const inputs = inputWeights.length;
  const { rows, columns, values } = mpc.errorGradient;
  const gradient = new Float64Array(rows);
  for (let i = 0; i < rows; i += 1) {
    let sum = -2 * inputWeights[i % inputs]! * start.inputReference[i % inputs]!;
    if (i < inputs) sum -= 2 * inputRateWeights[i]! * start.lastInput[i]!;
    const line = i * columns;
    for (let j = 0; j < columns; j += 1) sum += values[line + j]! * (free[j]! - reference[j]!);
    gradient[i] = sum;
  }
  return gradient;
}

function rowLimits(mpc: Mpc, start: MpcPlanStart, { free, reference }: Stacked) {
  const { settings } = mpc;
  const inputs = settings.inputMin.length;
  const states = settings.stateWeights.length;
  const size = settings.horizon * inputs;
  const lower = new Float64Array(mpc.qp.constraints.rows).fill(-Infinity);
  const upper = new Float64Array(mpc.qp.constraints.rows).fill(Infinity);
  for (let i = 0; i < size; i += 1) {
    const input = i % inputs;
    const reach = settings.inputRatePerS[input]! * settings.dtS;
    const from = i < inputs ? start.lastInput[input]! : 0;
    lower[i] = settings.inputMin[input]!;
    upper[i] = settings.inputMax[input]!;
    lower[size + i] = from - reach;
    upper[size + i] = from + reach;
  }
  mpc.cappedStates.forEach((state, position) => {
    let highest = -Infinity;
    for (let k = 0; k < settings.horizon; k += 1) highest = Math.max(highest, reference[k * states + state]!);
    const ceiling = highest + settings.overshootMargin[state]!;
    for (let k = 0; k < settings.horizon; k += 1) {
      upper[2 * size + k * mpc.cappedStates.length + position] = ceiling - free[k * states + state]!;
    }
  });
  return { lower, upper };
}
