import { adviseMpc } from '@spectra/control';
import type { JudgedWeights, LoopTest, OptimizationTarget, ProcessModel } from '@spectra/control';
import type { SimulatorSettings } from '@spectra/schemas';
import { CHAMBER } from './chamber.ts';
import { SAMPLING_S } from './channels.ts';
import { DEFAULT_WEIGHTS, MPC_HORIZON } from './mpc-control.ts';
import { LAMP_SLEW_PCT_PER_S } from './pid-control.ts';
import { rtpProcess } from './rtp-process.ts';
import { performanceAnswer } from './tune-pid.ts';
import type { TuningAdvice } from './tune-pid.ts';
import type { RtpRecipe } from './types.ts';
import { tryWeights } from './weight-trials.ts';
import type { TriedWeights } from './weight-trials.ts';

/** The horizon has to see what an input does: it reaches this many dead times and time constants ahead. */
const HORIZON_REACH = { deadTimes: 1, timeConstants: 1 } as const;

/** Weights for the real controller, tried on whole runs of the simulated chamber as its simulator is set. */
export function chamberMpcAdvice(trial: {
  recipe: RtpRecipe;
  target: OptimizationTarget;
  simulator: SimulatorSettings | undefined;
}): TuningAdvice {
  const { recipe } = trial;
  const tried = tryWeights(rtpProcess, trial);
  const best = tried[0];
  if (!best) throw new Error('no weights were tried');
  const present = tried.find((each) => each.weights.change === recipe.weights.change) ?? best;
  const targetC = Math.max(...recipe.segments.map((segment) => segment.targetC));
  const answer = (each: TriedWeights) => ({
    parameters: {
      Q: diagonal(each.weights.tracking),
      R: diagonal(each.weights.power),
      S: diagonal(each.weights.change),
      horizon: MPC_HORIZON,
      interval_s: SAMPLING_S,
    },
    expected_performance: {
      overshoot_pct: (100 * each.overshootC) / targetC,
      settling_time_s: each.settlingS,
      steady_state_error_c: each.soakErrorC,
    },
  });
  return {
    ...answer(best),
    tuning_method: 'runs_on_the_simulated_chamber',
    rule: 'least figure of the target over weights on power changes (matrices Q, R, S; °C and lamp fraction)',
    robustness: { maximum_sensitivity: null },
    alternatives: tried.map((each) => ({ ...answer(each), ramp_error_c: each.rampErrorC })),
    present: answer(present),
  };
}

/** Weights for a plant of which only a model is known. */
export function modelMpcAdvice({
  model,
  target,
  test,
}: {
  model: ProcessModel;
  target: OptimizationTarget;
  test: LoopTest;
}): TuningAdvice {
  const reachS =
    HORIZON_REACH.deadTimes * model.deadTimeS + HORIZON_REACH.timeConstants * model.timeConstantS;
  const intervalS = Math.max(SAMPLING_S, reachS / MPC_HORIZON);
  const advice = adviseMpc({
    model,
    zones: CHAMBER.zoneCount,
    target,
    test: { ...test, dtS: intervalS },
    outputRatePerS: LAMP_SLEW_PCT_PER_S,
    horizon: MPC_HORIZON,
    // The weights in force count lamp fractions, these per cent.
    present: {
      tracking: DEFAULT_WEIGHTS.tracking,
      input: DEFAULT_WEIGHTS.power / 1e4,
      change: DEFAULT_WEIGHTS.change / 1e4,
    },
  });
  const answer = ({ Q, R, S, performance }: JudgedWeights) => ({
    parameters: { Q, R, S, horizon: advice.horizon, interval_s: intervalS },
    expected_performance: performanceAnswer(performance),
  });
  return {
    ...answer(advice),
    rule: 'bryson with simulated weight on power changes (matrices Q, R, S; °C and per cent of lamp power)',
    robustness: { maximum_sensitivity: null },
    alternatives: advice.alternatives.map(answer),
    present: advice.present ? answer(advice.present) : null,
  };
}

function diagonal(value: number): number[][] {
  const zones = Array.from({ length: CHAMBER.zoneCount }, (_, zone) => zone);
  return zones.map((row) => zones.map((column) => (row === column ? value : 0)));
}
