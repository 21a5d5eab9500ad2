import { adviseFrom, adviseRun, initialRunToRunState } from './run-to-run.ts';
import type { RunToRunAdvice, RunToRunSettings, RunToRunState } from './run-to-run.ts';

/** What one run of a thread gave: the input that really made it, what the run believes, what metrology found. */
export type ThreadResult = {
  readonly input: number;
  readonly estimate: number | null;
  readonly measured: number | null;
};

/** One result as the thread took it; `output` is null where it was not taken. */
export type ThreadStep = {
  readonly taken: 'measured' | 'estimate' | 'awaits_metrology' | 'nothing_known';
  readonly output: number | null;
  /** Output that the thread expected before it saw the result. */
  readonly expected: number;
  readonly reason: RunToRunAdvice['reason'] | null;
};

/** Where a thread stands after its results, and what it advises for the next run. */
export type FollowedThread = {
  readonly state: RunToRunState;
  readonly advice: RunToRunAdvice;
  readonly steps: readonly ThreadStep[];
};

/**
 * Follows a thread over its results in the order of their runs. The state is a function of the results alone, so a
 * measurement that comes late, or before that of an earlier run, changes the thread as if it had been there in time.
 *
 * A measurement beats the run's own estimate; once a thread has one, estimates count no more: a sensor that is wrong
 * agrees with itself. Each step, and the advice, is bounded from the input that was really used last.
 */
export function followThread(
  settings: RunToRunSettings,
  startInput: number,
  results: readonly ThreadResult[],
): FollowedThread {
  const measuredOnly = results.some((result) => result.measured !== null);
  let state = initialRunToRunState(settings, startInput);
  let heldBack = false;
  const steps = results.map((result): ThreadStep => {
    const expected = state.intercept + state.drift + settings.modelGain * result.input;
    const output = measuredOnly ? result.measured : result.estimate;
    if (output === null) return { taken: notTaken(result), output, expected, reason: null };
    const from = { ...state, input: result.input };
    const advised = adviseRun(settings, from, { input: result.input, measured: output });
    heldBack = advised.reason === 'outlier_held_back';
    state = advised.state;
    return { taken: measuredOnly ? 'measured' : 'estimate', output, expected, reason: advised.reason };
  });
  const advice = adviseFrom(settings, state, results.at(-1)?.input ?? startInput);
  return { state, advice: heldBack ? keptBack(state, advice, settings) : advice, steps };
}

function notTaken(result: ThreadResult): ThreadStep['taken'] {
  return result.estimate === null ? 'nothing_known' : 'awaits_metrology';
}

/** After an outlier the input stays what it is until another result shows whether it was one. */
function keptBack(state: RunToRunState, advice: RunToRunAdvice, settings: RunToRunSettings): RunToRunAdvice {
  const input = advice.input - advice.change;
  return {
    state: { ...state, input },
    input,
    change: 0,
    predictedOutput: state.intercept + state.drift + settings.modelGain * input,
    reason: 'outlier_held_back',
  };
}
