import { adviseMpc, tuningRules, ultimatePoint } from '@spectra/control';
import type { LoopPerformance, LoopTest, Recording } from '@spectra/control';
import type { Result, TuneAnswer, TuneRequest } from '@spectra/schemas';
import { accept } from '@spectra/schemas';
import { CHAMBER } from './chamber.ts';
import { SAMPLING_S } from './channels.ts';
import { identifyChamber } from './identify-chamber.ts';
import type { IdentifiedChamber } from './identify-chamber.ts';
import { MPC_HORIZON } from './mpc-control.ts';
import { DEFAULT_GAINS, LAMP_SLEW_PCT_PER_S, SPAN_PERCENT_C } from './pid-control.ts';
import { rtpRecipeRules, segmentsFromWire } from './recipe.ts';
import { cost, judgeGains, refineGains } from './refine-gains.ts';
import type { GainTest, JudgedGains } from './refine-gains.ts';
import { rtpProcess } from './rtp-process.ts';
import { askedRampCPerS } from './temperature-plan.ts';
import { tryWeights } from './weight-trials.ts';

/** A setpoint change that keeps the loop in the linear region around its working temperature. */
const TEST_STEP_C = 20;
const TEST_RAMP_C = 100;
const TEST_AFTER_RAMP_S = 40;
/** What a chamber is tried with when the request brings no recipe. */
const USUAL_SOAK = [{ target_temp_c: 1000, duration_s: 20, ramp_rate_c_s: 100 }];

/**
 * The advisor behind `POST /api/rtp/tune/controller`: identifies the chamber (relay feedback on the simulated one, a
 * fit to recorded runs, or the model that was named) and answers the tuning that serves the target best, by
 * simulation. Gains are in the units in which a recipe posts them: per cent of lamp power per 10 °C.
 */
export function tuneController(
  request: TuneRequest,
  recordings: readonly Recording[] = [],
): Result<TuneAnswer> {
  const identified = identifyChamber(request, recordings);
  if (!identified.ok) return identified;
  if (request.controller_type === 'pid') return accept(pidAnswer(request, identified.value));
  const onChamber = identified.value.method === 'relay_feedback';
  return onChamber
    ? chamberMpcAnswer(request, identified.value)
    : accept(modelMpcAnswer(request, identified.value));
}

/** A ramp where the recipe has one, else a step; lamps between off and full around the power that holds the wafer. */
function loopTest(request: TuneRequest, identified: IdentifiedChamber): LoopTest {
  const segments = segmentsFromWire(request.recipe?.segments ?? []);
  const ramps = segments.map((segment, i) => askedRampCPerS(segment, segments[i - 1]?.targetC ?? 25));
  const rampPerS = ramps.length > 0 ? Math.max(...ramps) : Infinity;
  const size = ramps.length > 0 ? TEST_RAMP_C : TEST_STEP_C;
  return {
    size,
    rampPerS,
    dtS: SAMPLING_S,
    durationS: size / rampPerS + TEST_AFTER_RAMP_S,
    outputMin: -identified.biasPct,
    outputMax: 100 - identified.biasPct,
  };
}

/** All published rules and the tuning in force are judged as the chamber would run them; the best is refined. */
function pidAnswer(request: TuneRequest, identified: IdentifiedChamber): TuneAnswer {
  const problem: GainTest = {
    model: identified.model,
    target: request.optimization_target,
    test: loopTest(request, identified),
  };
  const ruled = tuningRules(identified.model).map(({ rule, type, tuning }) => ({
    rule: `${rule} (${type})`,
    judged: judgeGains(problem, {
      kp: tuning.gain * SPAN_PERCENT_C,
      ki: (tuning.gain / tuning.integralTimeS) * SPAN_PERCENT_C,
      kd: tuning.gain * tuning.derivativeTimeS * SPAN_PERCENT_C,
    }),
  }));
  const present = judgeGains(problem, DEFAULT_GAINS);
  const start = [...ruled, { rule: 'tuning in force', judged: present }].reduce((a, b) =>
    cost(problem, b.judged) < cost(problem, a.judged) ? b : a,
  );
  const best = refineGains(problem, [start.judged.gains]);
  const ultimate = ultimatePoint(identified.model);
  return {
    controller_type: 'pid',
    parameters: { ...best.gains },
    expected_performance: performanceAnswer(best.performance),
    tuning_method: identified.method,
    rule: `${start.rule}, refined by simulation`,
    robustness: { maximum_sensitivity: best.sensitivity },
    identified_model: {
      ...modelAnswer(identified),
      ultimate_gain: ultimate.ultimateGain,
      ultimate_period_s: ultimate.ultimatePeriodS,
    },
    alternatives: ruled.map(({ rule, judged }) => ({ rule, ...judgedAnswer(judged) })),
    present: {
      ...judgedAnswer(present),
      improvement_pct: improvementPct(cost(problem, present), cost(problem, best)),
    },
  };
}

function improvementPct(before: number, after: number): number {
  if (!Number.isFinite(before)) return 100;
  return before > 0 ? (100 * (before - after)) / before : 0;
}

/** Weights for the real controller, tried on whole runs of the simulated chamber. */
function chamberMpcAnswer(request: TuneRequest, identified: IdentifiedChamber): Result<TuneAnswer> {
  const parsed = rtpRecipeRules.parse({
    segments: request.recipe?.segments ?? USUAL_SOAK,
    controller_type: 'mpc',
  });
  if (!parsed.ok) return parsed;
  const { recipe } = parsed.value;
  const tried = tryWeights(rtpProcess, recipe, request.optimization_target);
  const best = tried[0];
  if (!best) throw new Error('no weights were tried');
  const present = tried.find((each) => each.weights.change === recipe.weights.change) ?? best;
  const targetC = Math.max(...recipe.segments.map((segment) => segment.targetC));
  const performance = (each: typeof best) => ({
    overshoot_pct: (100 * each.overshootC) / targetC,
    settling_time_s: each.settlingS,
    steady_state_error_c: each.soakErrorC,
  });
  const weights = (each: typeof best) => ({
    Q: diagonal(each.weights.tracking),
    R: diagonal(each.weights.power),
    S: diagonal(each.weights.change),
    horizon: MPC_HORIZON,
  });
  return accept({
    controller_type: 'mpc',
    parameters: weights(best),
    expected_performance: performance(best),
    tuning_method: 'runs_on_the_simulated_chamber',
    rule: 'least figure of the target over weights on power changes (diagonals of Q, R, S; °C and lamp fraction)',
    robustness: { maximum_sensitivity: null },
    identified_model: modelAnswer(identified),
    alternatives: tried.map((each) => ({
      parameters: weights(each),
      expected_performance: performance(each),
      ramp_error_c: each.rampErrorC,
    })),
    present: { parameters: weights(present), expected_performance: performance(present) },
  });
}

function diagonal(value: number): number[] {
  return Array.from({ length: CHAMBER.zoneCount }, () => value);
}

/** Weights for a plant of which only a model is known. */
function modelMpcAnswer(request: TuneRequest, identified: IdentifiedChamber): TuneAnswer {
  const advice = adviseMpc({
    model: identified.model,
    zones: CHAMBER.zoneCount,
    target: request.optimization_target,
    test: loopTest(request, identified),
    outputRatePerS: LAMP_SLEW_PCT_PER_S,
    horizon: MPC_HORIZON,
  });
  const entries = (matrix: readonly (readonly number[])[]) => matrix.map((row, i) => row[i] ?? 0);
  return {
    controller_type: 'mpc',
    parameters: {
      Q: entries(advice.Q),
      R: entries(advice.R),
      S: entries(advice.S),
      horizon: advice.horizon,
    },
    expected_performance: performanceAnswer(advice.performance),
    tuning_method: identified.method,
    rule: 'bryson with simulated weight on power changes (diagonals of Q, R, S; °C and per cent of lamp power)',
    robustness: { maximum_sensitivity: null },
    identified_model: modelAnswer(identified),
    alternatives: [],
    present: null,
  };
}

function judgedAnswer(judged: JudgedGains): Record<string, unknown> {
  return {
    parameters: judged.gains,
    expected_performance: performanceAnswer(judged.performance),
    maximum_sensitivity: Number.isFinite(judged.sensitivity) ? judged.sensitivity : null,
  };
}

/** An unstable alternative has no finite performance; JSON can only say so with a very large number. */
function performanceAnswer(performance: LoopPerformance): TuneAnswer['expected_performance'] {
  const bounded = (value: number) => (Number.isFinite(value) ? Math.max(-1e9, Math.min(1e9, value)) : 1e9);
  return {
    overshoot_pct: bounded(performance.overshootPct),
    settling_time_s: performance.settlingTimeS,
    steady_state_error_c: bounded(performance.steadyStateError),
  };
}

function modelAnswer(identified: IdentifiedChamber): Record<string, number> {
  const { model } = identified;
  return {
    gain_c_per_pct: model.gain,
    time_constant_s: model.timeConstantS,
    dead_time_s: model.deadTimeS,
    ...(identified.temperatureC === null ? {} : { temperature_c: identified.temperatureC }),
    ...(identified.fitPct === null ? {} : { fit_pct: identified.fitPct }),
  };
}
