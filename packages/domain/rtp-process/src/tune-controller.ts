import { isStableLoop, maximumSensitivity, tuningRules, ultimatePoint } from '@spectra/control';
import type { LoopTest } from '@spectra/control';
import type { Result, TuneAnswer, TuneRequest } from '@spectra/schemas';
import { accept } from '@spectra/schemas';
import { SAMPLING_S } from './channels.ts';
import { identifyChamber } from './identify-chamber.ts';
import type { IdentifiedChamber, TuningEvidence } from './identify-chamber.ts';
import { rtpRecipeRules } from './recipe.ts';
import { askedRampCPerS } from './temperature-plan.ts';
import { chamberMpcAdvice, modelMpcAdvice } from './tune-mpc.ts';
import { pidAdvice } from './tune-pid.ts';
import type { RtpRecipe } from './types.ts';

/** A setpoint change that keeps the loop in the linear region around its working temperature. */
const TEST_STEP_C = 20;
const TEST_RAMP_C = 100;
/** The loop is watched for this long after the setpoint came to rest, or for so many time constants and dead times. */
const WATCHED = { leastS: 40, times: 20 } as const;
/** A slow process is controlled as seldom as this share of its time constant and dead time. */
const SLOW_STEP_SHARE = 0.01;
/** The test asks for no more than this share of what the lamps can do to the model. */
const REACH_SHARE = 0.4;
/** What a chamber is tried with when the request brings no recipe. */
const USUAL_SOAK = [{ kind: 'normal' as const, target_temp_c: 1000, duration_s: 20, ramp_rate_c_s: 100 }];

/**
 * The advisor behind `POST /api/rtp/tune/controller`: identifies the chamber (relay feedback on the simulated one, a
 * fit to recorded runs, or the model that was named) and answers the tuning that serves the target best, by
 * simulation. Gains are in the units in which a recipe posts them: per cent of lamp power per 10 °C.
 */
export function tuneController(request: TuneRequest, evidence: TuningEvidence = {}): Result<TuneAnswer> {
  const parsed = parseRecipe(request);
  if (!parsed.ok) return parsed;
  const recipe = parsed.value;
  const identified = identifyChamber(request, recipe, evidence);
  if (!identified.ok) return identified;
  const chamber = identified.value;
  const { optimization_target: target } = request;
  const test = loopTest(request.recipe ? recipe : null, chamber);
  const advice =
    request.controller_type === 'pid'
      ? pidAdvice({ model: chamber.model, target, test })
      : chamber.method === 'relay_feedback'
        ? chamberMpcAdvice({ recipe, target, simulator: evidence.simulator })
        : modelMpcAdvice({ model: chamber.model, target, test });
  return accept({
    controller_type: request.controller_type,
    tuning_method: chamber.method,
    ...advice,
    ...modelAnswer(chamber),
  });
}

/** The recipe that the loop is for; its faults are named as fields of the tuning request. */
function parseRecipe(request: TuneRequest): Result<RtpRecipe> {
  const parsed = rtpRecipeRules.parse({
    segments: request.recipe?.segments ?? USUAL_SOAK,
    controller_type: request.controller_type,
  });
  if (parsed.ok) return accept(parsed.value.recipe);
  const { refusal } = parsed;
  const errors = refusal.errors?.map((error) => ({ ...error, path: `recipe.${error.path}` }));
  return { ok: false, refusal: { ...refusal, errors } };
}

/** A ramp where the recipe has one, else a step; lamps between off and full around the power that holds the wafer. */
function loopTest(recipe: RtpRecipe | null, { model, biasPct }: IdentifiedChamber): LoopTest {
  const segments = recipe?.segments ?? [];
  const ramps = segments.map((segment, i) => askedRampCPerS(segment, segments[i - 1]?.targetC ?? 25));
  const rampPerS = ramps.length > 0 ? Math.max(...ramps) : Infinity;
  const [outputMin, outputMax] = [-biasPct, 100 - biasPct];
  const reach = REACH_SHARE * model.gain * outputMax;
  const size = Math.min(ramps.length > 0 ? TEST_RAMP_C : TEST_STEP_C, reach);
  const slowS = model.timeConstantS + model.deadTimeS;
  return {
    size,
    rampPerS,
    dtS: Math.max(SAMPLING_S, SLOW_STEP_SHARE * slowS),
    durationS: size / rampPerS + Math.max(WATCHED.leastS, WATCHED.times * slowS),
    outputMin,
    outputMax,
  };
}

/** The model with what it rests on, its ultimate point, and every published rule on it, digit for digit. */
function modelAnswer({
  model,
  evidence,
}: IdentifiedChamber): Pick<TuneAnswer, 'identified_model' | 'ultimate' | 'rules'> {
  const { ultimateGain, ultimatePeriodS } = ultimatePoint(model);
  return {
    identified_model: {
      gain_c_per_pct: model.gain,
      time_constant_s: model.timeConstantS,
      dead_time_s: model.deadTimeS,
      ...evidence,
    },
    ultimate: { gain: ultimateGain, period_s: ultimatePeriodS },
    rules: tuningRules(model).map(({ rule, type, tuning }) => ({
      rule,
      type,
      kc: tuning.gain,
      ti_s: tuning.integralTimeS,
      td_s: tuning.derivativeTimeS,
      maximum_sensitivity: maximumSensitivity(model, tuning),
      stable: isStableLoop(model, tuning),
    })),
  };
}
