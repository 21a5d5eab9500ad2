import { solveNormal } from './least-squares.ts';
import type { ProcessModel } from './process-model.ts';
import { initialProcessState, stepProcess } from './process-model.ts';
import { requirePositive } from './require-number.ts';

/** A recording at a fixed rate: what the actuator did and what was measured. */
export type Recording = {
  readonly dtS: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
};

/** A model fitted to a recording; `fitPct` is 100 for a perfect prediction and 0 for the plain mean. */
export type ProcessFit =
  | { readonly ok: true; readonly model: ProcessModel; readonly fitPct: number; readonly offset: number }
  | { readonly ok: false; readonly reason: 'too_short' | 'input_does_not_move' | 'output_does_not_follow' };

const SAMPLES_MIN = 20;
const SAMPLES_MAX = 600;
const GRID = 14;

type Candidate = { readonly timeConstantS: number; readonly deadTimeS: number };
type Trial = { readonly error: number; readonly gain: number; readonly offset: number };

/**
 * Fits K e^{−Ls}/(1 + Ts) to any recording that excites the process, by least squares on the simulated output:
 * y = K f(t; T, L) + c + x e^{−t/T}, where f is the unit-gain answer to the recorded input and x lets the
 * record start away from rest. For given (T, L) gain, offset and x follow from a linear fit; T and L by grid,
 * then by a shrinking pattern search. Source: Ljung, System Identification (1999), section 10.2 (output-error
 * method: noise on y does not bias it). Needs 20 samples or more. Worked value: the exact step answer of K =
 * 2, T = 5, L = 1 gives those three numbers back.
 */
export function fitProcess(recording: Recording): ProcessFit {
  requirePositive('dtS', recording.dtS);
  const data = thin(recording);
  if (data.outputs.length < SAMPLES_MIN) return { ok: false, reason: 'too_short' };
  if (spreadOf(data.inputs) === 0) return { ok: false, reason: 'input_does_not_move' };
  const total = spreadOf(data.outputs);
  if (total === 0) return { ok: false, reason: 'output_does_not_follow' };
  const best = patternSearch(data, gridSearch(data));
  const { error, gain, offset } = tryCandidate(data, best);
  const fitPct = 100 * (1 - Math.sqrt(error / total));
  if (!(Math.abs(gain) > 0) || !(fitPct > 5)) return { ok: false, reason: 'output_does_not_follow' };
  return { ok: true, model: { gain, ...best }, fitPct, offset };
}

function gridSearch(data: Recording): Candidate {
  const durationS = data.dtS * data.outputs.length;
  let best: Candidate = { timeConstantS: durationS / 5, deadTimeS: data.dtS };
  let least = Infinity;
  for (let i = 0; i < GRID; i += 1) {
    const timeConstantS = data.dtS * (durationS / (2 * data.dtS)) ** ((i + 1) / GRID);
    for (let j = 0; j < GRID; j += 1) {
      const candidate = { timeConstantS, deadTimeS: (durationS / 3) * (j / GRID) ** 2 + 0.05 * data.dtS };
      const { error } = tryCandidate(data, candidate);
      if (error < least) {
        least = error;
        best = candidate;
      }
    }
  }
  return best;
}

/** Steps in T (by ratio) and L (by seconds) that shrink until neither helps. */
function patternSearch(data: Recording, start: Candidate): Candidate {
  let best = start;
  let least = tryCandidate(data, best).error;
  let ratio = 1.5;
  let shiftS = Math.max(data.dtS, start.deadTimeS / 2);
  for (let round = 0; round < 300 && (ratio > 1 + 1e-9 || shiftS > 1e-9 * data.dtS); round += 1) {
    const around = neighbours(best, ratio, shiftS, data.dtS).map((candidate) => ({
      candidate,
      error: tryCandidate(data, candidate).error,
    }));
    const better = around.reduce((a, b) => (b.error < a.error ? b : a));
    if (better.error < least) {
      least = better.error;
      best = better.candidate;
    } else {
      ratio = Math.sqrt(ratio);
      shiftS /= 2;
    }
  }
  return best;
}

function neighbours(at: Candidate, ratio: number, shiftS: number, dtS: number): Candidate[] {
  const times = [at.timeConstantS / ratio, at.timeConstantS, at.timeConstantS * ratio];
  const delays = [Math.max(1e-3 * dtS, at.deadTimeS - shiftS), at.deadTimeS, at.deadTimeS + shiftS];
  return times.flatMap((timeConstantS) => delays.map((deadTimeS) => ({ timeConstantS, deadTimeS })));
}

function tryCandidate(data: Recording, candidate: Candidate): Trial {
  const model = { gain: 1, ...candidate };
  const keep = Math.exp(-data.dtS / candidate.timeConstantS);
  const first = data.inputs[0]!;
  let state = initialProcessState(model, data.dtS, first);
  let transient = 1;
  const columns = data.outputs.map((_, i) => {
    const row = [state.output, 1, transient];
    state = stepProcess(model, state, data.inputs[i]!, data.dtS);
    transient *= keep;
    return row;
  });
  const solution = solveNormal(columns, data.outputs);
  if (solution === null) return { error: Infinity, gain: 0, offset: 0 };
  const error = columns.reduce((sum, row, i) => {
    const predicted = row.reduce((part, value, j) => part + value * solution[j]!, 0);
    return sum + (data.outputs[i]! - predicted) ** 2;
  }, 0);
  return { error, gain: solution[0]!, offset: solution[1]! };
}

/** Keeps the cost bounded: long records are averaged over blocks of equal length. */
function thin(recording: Recording): Recording {
  const length = Math.min(recording.inputs.length, recording.outputs.length);
  const block = Math.ceil(length / SAMPLES_MAX);
  if (block <= 1)
    return {
      ...recording,
      inputs: recording.inputs.slice(0, length),
      outputs: recording.outputs.slice(0, length),
    };
  const count = Math.floor(length / block);
  const mean = (list: readonly number[], i: number) =>
    list.slice(i * block, (i + 1) * block).reduce((sum, value) => sum + value, 0) / block;
  const index = Array.from({ length: count }, (_, i) => i);
  return {
    dtS: recording.dtS * block,
    inputs: index.map((i) => mean(recording.inputs, i)),
    outputs: index.map((i) => recording.outputs[i * block]!),
  };
}

function spreadOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}
