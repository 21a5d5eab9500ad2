import type { RunToRunWeights } from './run-to-run-stability.ts';
import { runToRunBehaviour } from './run-to-run-stability.ts';

/** One run-to-run thread: one output (dose, depth, ...) steered by one recipe input. */
export type RunToRunSettings = {
  readonly weights: RunToRunWeights;
  readonly target: number;
  /** Change of the output per unit of the input, by model or experiment. */
  readonly modelGain: number;
  /** Largest expected ratio of true to model gain; the weights must be stable for it. */
  readonly gainRatioMax: number;
  readonly inputMin: number;
  readonly inputMax: number;
  /** Largest change of the input from run to run. */
  readonly moveMax: number;
  /** Predicted errors of the output up to this size move nothing. */
  readonly deadBand: number;
  /** One sigma of output noise: process and metrology together. */
  readonly noiseSigma: number;
  /** Results further than this from the prediction, in sigmas, are held back. */
  readonly outlierSigma: number;
};

/** What a thread remembers between runs; plain data. */
export type RunToRunState = {
  /** Estimated output at zero input, and its estimated change per run. */
  readonly intercept: number;
  readonly drift: number;
  /** Input now in force. */
  readonly input: number;
  /** Results taken since start or restart. */
  readonly samples: number;
  /** Results in a row held back on one side: positive above, negative below the prediction. */
  readonly heldBack: number;
};

/** A measured result, with the input that really made it (an operator may have chosen another). */
export type RunToRunResult = { readonly input: number; readonly measured: number };

/** Advice for the next run and why it is what it is. */
export type RunToRunAdvice = {
  readonly state: RunToRunState;
  readonly input: number;
  readonly change: number;
  readonly predictedOutput: number;
  readonly reason: 'moved' | 'within_dead_band' | 'outlier_held_back' | 'move_limited' | 'input_limited';
};

/** Settings that may be used, or the reason they may not. */
export type RunToRunCheck =
  | { readonly ok: true; readonly spectralRadius: number }
  | { readonly ok: false; readonly reason: 'unstable' | 'invalid'; readonly detail: string };

/** This many outliers in a row on one side are a real shift and are taken. */
const OUTLIERS_BELIEVED = 3;

/** Refuses weights and limits that cannot work: stable only for 0 < λξ < 2 (EWMA), radius below 1 (double). */
export function checkRunToRun(settings: RunToRunSettings): RunToRunCheck {
  const invalid = invalidSetting(settings);
  if (invalid) return { ok: false, reason: 'invalid', detail: invalid };
  for (const gainRatio of [Math.min(1, settings.gainRatioMax), settings.gainRatioMax]) {
    const behaviour = runToRunBehaviour(settings.weights, { gainRatio, driftPerRun: 0 });
    if (!behaviour.stable) {
      const detail = `lambda ${settings.weights.lambda1}/${settings.weights.lambda2} with a gain ratio of ${gainRatio} has spectral radius ${behaviour.spectralRadius}; it must be below 1 (0 < lambda * ratio < 2)`;
      return { ok: false, reason: 'unstable', detail };
    }
  }
  const worst = runToRunBehaviour(settings.weights, { gainRatio: settings.gainRatioMax, driftPerRun: 0 });
  return { ok: true, spectralRadius: worst.spectralRadius };
}

/** A thread that starts from an input believed to hit the target. */
export function initialRunToRunState(settings: RunToRunSettings, input: number): RunToRunState {
  return {
    intercept: settings.target - settings.modelGain * input,
    drift: 0,
    input,
    samples: 0,
    heldBack: 0,
  };
}

/** After maintenance: the input stays, the drift is forgotten, and the next results weigh as in a new thread. */
export function restartRunToRun(state: RunToRunState): RunToRunState {
  return { ...state, drift: 0, samples: 0, heldBack: 0 };
}

/**
 * Takes one result and advises the input of the next run.
 *
 *   w = y − b u;  a ← λ₁ w + (1 − λ₁) a;  D ← λ₂ (w − a_before) + (1 − λ₂) D;  u ← (T − a − D)/b
 *
 * y measured output, u input, b model gain, T target, a intercept, D drift. Source: Ingolfsson & Sachs
 * (1993); Chen & Guo, IEEE Trans. Semicond. Manuf. 14 (2001) 29. While few results are known, the first weight
 * is at least 1/(n+1), a plain average, so that a restarted thread settles quickly. Worked value: T = 100,
 * b = 2, u = 50, y = 104, λ₁ = 0.5 after many runs: next u = 49.
 */
export function adviseRun(
  settings: RunToRunSettings,
  state: RunToRunState,
  result: RunToRunResult,
): RunToRunAdvice {
  const check = checkRunToRun(settings);
  if (!check.ok) throw new RangeError(check.detail);
  const expected = state.intercept + state.drift + settings.modelGain * result.input;
  const side = outlierSide(settings, state, result.measured - expected);
  const heldBack = side === 0 ? 0 : Math.sign(state.heldBack) === side ? state.heldBack + side : side;
  if (side !== 0 && Math.abs(heldBack) < OUTLIERS_BELIEVED) {
    return advice(settings, { ...state, heldBack }, { input: state.input, reason: 'outlier_held_back' });
  }
  const learnt = learn(settings, state, result);
  return advice(settings, learnt, chooseInput(settings, learnt));
}

/**
 * Advice without a new result: what the thread would choose next when the input in force is the given one. A move
 * is bounded from there, so the next recipe never differs from the last one by more than a move.
 */
export function adviseFrom(settings: RunToRunSettings, state: RunToRunState, input: number): RunToRunAdvice {
  const from = { ...state, input };
  return advice(settings, from, chooseInput(settings, from));
}

function invalidSetting(settings: RunToRunSettings): string | null {
  const { lambda1, lambda2 } = settings.weights;
  if (!(lambda1 > 0 && lambda1 <= 1)) return `lambda1 is ${lambda1}; it must lie above 0 and up to 1`;
  if (!(lambda2 >= 0 && lambda2 <= 1)) return `lambda2 is ${lambda2}; it must lie between 0 and 1`;
  if (settings.modelGain === 0 || !Number.isFinite(settings.modelGain)) return 'modelGain must not be 0';
  if (!(settings.gainRatioMax > 0)) return `gainRatioMax is ${settings.gainRatioMax}; it must be above 0`;
  if (!(settings.inputMin < settings.inputMax)) return 'inputMin must be below inputMax';
  if (!(settings.moveMax > 0)) return `moveMax is ${settings.moveMax}; it must be above 0`;
  if (!(settings.noiseSigma > 0)) return `noiseSigma is ${settings.noiseSigma}; it must be above 0`;
  return null;
}

/** The gate opens only once a few results show where the tool stands. */
function outlierSide(settings: RunToRunSettings, state: RunToRunState, residual: number): -1 | 0 | 1 {
  if (state.samples < OUTLIERS_BELIEVED) return 0;
  if (Math.abs(residual) <= settings.outlierSigma * settings.noiseSigma) return 0;
  return residual > 0 ? 1 : -1;
}

function learn(settings: RunToRunSettings, state: RunToRunState, result: RunToRunResult): RunToRunState {
  const { lambda1, lambda2 } = settings.weights;
  const seen = result.measured - settings.modelGain * result.input;
  const averaging = Math.min(1 / (state.samples + 1), 1 / settings.gainRatioMax);
  const weight = Math.max(lambda1, averaging);
  const driftWeight = state.samples === 0 ? 0 : lambda2;
  return {
    intercept: weight * seen + (1 - weight) * state.intercept,
    drift: driftWeight * (seen - state.intercept) + (1 - driftWeight) * state.drift,
    input: state.input,
    samples: state.samples + 1,
    heldBack: 0,
  };
}

function chooseInput(
  settings: RunToRunSettings,
  state: RunToRunState,
): Pick<RunToRunAdvice, 'input' | 'reason'> {
  const level = state.intercept + state.drift;
  if (Math.abs(level + settings.modelGain * state.input - settings.target) <= settings.deadBand) {
    return { input: state.input, reason: 'within_dead_band' };
  }
  const wanted = (settings.target - level) / settings.modelGain;
  const moved = Math.min(Math.max(wanted, state.input - settings.moveMax), state.input + settings.moveMax);
  const input = Math.min(Math.max(moved, settings.inputMin), settings.inputMax);
  return { input, reason: input !== moved ? 'input_limited' : moved !== wanted ? 'move_limited' : 'moved' };
}

function advice(
  settings: RunToRunSettings,
  state: RunToRunState,
  choice: Pick<RunToRunAdvice, 'input' | 'reason'>,
): RunToRunAdvice {
  return {
    state: { ...state, input: choice.input },
    input: choice.input,
    change: choice.input - state.input,
    predictedOutput: state.intercept + state.drift + settings.modelGain * choice.input,
    reason: choice.reason,
  };
}
