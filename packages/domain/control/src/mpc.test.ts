import * as fc from 'fast-check';
import { solveQP } from 'quadprog';
import { describe, expect, it } from 'vitest';
import type { MpcSettings } from './mpc-problem.ts';
import { createMpc, poseMpcProblem } from './mpc-problem.ts';
import { initialMpcState, stepMpc } from './mpc.ts';
import type { QpProblem } from './quadratic-program.ts';
import { solveQp } from './quadratic-program.ts';

const zones = [0, 1, 2, 3];
const each = (value: number) => zones.map(() => value);

/** Four zones of a wafer: lamps heat by 150 degC/s and more, edges lose heat faster. */
function zoneSettings(horizon: number): MpcSettings {
  return {
    A: zones.map((i) => zones.map((j) => (i === j ? 0.985 - 0.001 * i : Math.abs(i - j) === 1 ? 0.006 : 0))),
    B: zones.map((i) => zones.map((j) => (i === j ? 16 : Math.abs(i - j) === 1 ? 3 : 0.5))),
    dtS: 0.1,
    horizon,
    stateWeights: each(1),
    inputWeights: each(0.1),
    inputRateWeights: each(5),
    inputMin: each(0),
    inputMax: each(1),
    inputRatePerS: each(2),
    overshootMargin: each(1),
    overshootWeight: 100,
    estimateGain: 0.8,
    disturbanceGain: 0.3,
  };
}

/** Runs a plant that differs from the model: one weak zone, and the heat that leaves is underestimated. */
function closedLoop(settings: MpcSettings, weak: number, steps: number) {
  const mpc = createMpc(settings);
  let temperature = each(600);
  let state = initialMpcState({ states: temperature, inputs: each(0.4) });
  const history: { temperature: number[]; output: number[]; status: string }[] = [];
  for (let step = 0; step < steps; step += 1) {
    const reference = Array.from({ length: settings.horizon }, (_, k) =>
      each(Math.min(1000, 600 + 5 * (step + k + 1))),
    );
    const before = JSON.stringify(state);
    const result = stepMpc(mpc, state, { reference, measured: temperature, drift: each(0) });
    expect(JSON.stringify(state)).toBe(before);
    state = JSON.parse(JSON.stringify(result.state));
    temperature = zones.map((i) => {
      const own = settings.A[i]!.reduce((sum, value, j) => sum + value * temperature[j]!, 0);
      const lamps = settings.B[i]!.reduce((sum, value, j) => sum + value * result.output[j]!, 0);
      return own + (i === 0 ? weak : 1) * lamps - 1;
    });
    history.push({ temperature, output: result.output, status: result.status });
  }
  return history;
}

/** The same programme, with a slack variable for every soft row, through an independent solver. */
function solveByQuadprog(settings: MpcSettings, problem: QpProblem): number[] {
  const { prediction, qp } = createMpc(settings);
  const inputs = settings.inputMin.length;
  const { columns, rows, values } = qp.constraints;
  const hard = 2 * columns;
  const size = columns + rows - hard;
  const gamma = prediction.inputs;
  const hessian = (i: number, j: number) => {
    if (i >= columns || j >= columns) return i === j ? 2 * settings.overshootWeight : 0;
    let sum = 0;
    for (let k = 0; k < gamma.rows; k += 1)
      sum += 2 * gamma.values[k * columns + i]! * gamma.values[k * columns + j]!;
    const rate = 2 * settings.inputRateWeights[i % inputs]!;
    if (i === j) return sum + 2 * settings.inputWeights[i % inputs]! + (i + inputs >= columns ? 1 : 2) * rate;
    return Math.abs(i - j) === inputs ? sum - rate : sum;
  };
  const entry = (row: number, i: number) =>
    i < columns ? values[row * columns + i]! : row === i - columns + hard ? -1 : 0;
  const limits = Array.from({ length: rows }, (_, row) => row).flatMap((row) => [
    ...(problem.lower[row]! > -Infinity ? [{ row, side: 1, bound: problem.lower[row]! }] : []),
    ...(problem.upper[row]! < Infinity ? [{ row, side: -1, bound: -problem.upper[row]! }] : []),
  ]);
  const fromOne = <T>(count: number, value: (index: number) => T, first: T) => [
    first,
    ...Array.from({ length: count }, (_, i) => value(i)),
  ];
  const { solution, message } = solveQP(
    fromOne(size, (i) => fromOne(size, (j) => hessian(i, j), 0), []),
    fromOne(size, (i) => (i < columns ? -problem.gradient[i]! : 0), 0),
    fromOne(size, (i) => fromOne(limits.length, (c) => limits[c]!.side * entry(limits[c]!.row, i), 0), []),
    fromOne(limits.length, (c) => limits[c]!.bound, 0),
  );
  expect(message).toBe('');
  return solution.slice(1, columns + 1);
}

describe('stepMpc', () => {
  it('finds the optimum of an independent solver to 1e-6', () => {
    const settings = zoneSettings(8);
    const mpc = createMpc(settings);
    const state = fc.array(fc.integer({ min: 560, max: 1040 }), { minLength: 4, maxLength: 4 });
    const inputs = fc.array(
      fc.integer({ min: 0, max: 10 }).map((value) => value / 10),
      { minLength: 4, maxLength: 4 },
    );
    fc.assert(
      fc.property(state, inputs, fc.integer({ min: -10, max: 10 }), (estimate, lastInput, slope) => {
        const reference = Array.from({ length: 8 }, (_, k) => each(800 + slope * k));
        const start = { estimate, drift: each(-1), lastInput, reference, inputReference: each(0.3) };
        const { problem } = poseMpcProblem(mpc, start);
        const ours = solveQp(mpc.qp, problem);
        const theirs = solveByQuadprog(settings, problem);
        theirs.forEach((value, i) => expect(Math.abs(ours.x[i]! - value)).toBeLessThan(1e-6));
      }),
      { numRuns: 25 },
    );
  });

  it('keeps lamps within their limits and rates, overshoots at most 2 degC and ends without offset', () => {
    const history = closedLoop(zoneSettings(20), 0.8, 300);
    let last = each(0.4);
    for (const { output, status, temperature } of history) {
      expect(status).toBe('optimal');
      output.forEach((value, i) => {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
        expect(Math.abs(value - last[i]!)).toBeLessThanOrEqual(0.2 + 1e-12);
      });
      expect(Math.max(...temperature)).toBeLessThan(1002);
      last = output;
    }
    for (const value of history.at(-1)!.temperature) expect(Math.abs(value - 1000)).toBeLessThan(0.5);
  });

  it('repeats the worked value', () => {
    const mpc = createMpc({
      A: [[1]],
      B: [[1]],
      dtS: 1,
      horizon: 1,
      stateWeights: [1],
      inputWeights: [1],
      inputRateWeights: [0],
      inputMin: [-5],
      inputMax: [5],
      inputRatePerS: [Infinity],
      overshootMargin: [Infinity],
      overshootWeight: 1,
      estimateGain: 1,
      disturbanceGain: 0,
    });
    const { output } = stepMpc(mpc, initialMpcState({ states: [0], inputs: [0] }), {
      reference: [[2]],
      measured: [0],
    });
    expect(output[0]).toBeCloseTo(1, 12);
  });

  it('keeps its prediction for a state without a sensor', () => {
    const settings = zoneSettings(5);
    const state = initialMpcState({ states: each(900), inputs: each(0.5) });
    const blind = stepMpc(createMpc(settings), state, {
      reference: [each(900)],
      measured: zones.map(() => null),
    });
    const sighted = stepMpc(createMpc(settings), state, { reference: [each(900)], measured: each(900) });
    expect(blind).toEqual(sighted);
  });

  it('refuses settings of unequal length', () => {
    expect(() => createMpc({ ...zoneSettings(5), inputMax: [1] })).toThrow(
      /inputMax has 1 entries; it must have 4/,
    );
  });
});
