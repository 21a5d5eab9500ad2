import type { RunToRunSettings } from '@spectra/control';
import type { RunToRunLoop } from '@spectra/run-engine';
import type { TemperatureHistory } from '@spectra/thermal-physics';
import { ZERO_CELSIUS_K } from './chamber.ts';
import { oxideThicknessNm } from './oxide.ts';
import { planTemperature } from './temperature-plan.ts';
import type { RtpRecipe, RtpWaferResult } from './types.ts';

type Loop = RunToRunLoop<RtpRecipe, RtpWaferResult>;
type WireSegments = readonly { target_temp_c: number; duration_s: number }[];

/** Temperature of the hold against the hottest target of the recipe as asked; steered by an offset of that target. */
const temperatureLoop: Loop = {
  id: 'temperature',
  parameter: 'target_temp_c',
  measuredBy: 'soak_temperature_c',
  outputUnit: '°C above the target asked for',
  neutralInput: 0,
  settings: () => TEMPERATURE,
  steered: (asked, input) => hottestC(asked) + input,
  apply: (wire, input) => ({ ...wire, segments: shifted(wire['segments'] as WireSegments, input) }),
  outputOf: (asked, measured) => measured - hottestC(asked),
  // The run's own error is that against its setpoint, which had the input in it.
  estimate: (_asked, result, input) => (result.soakErrorC === null ? null : result.soakErrorC + input),
  reasons: {
    moved: 'EWMA of the soak error',
    within_dead_band: 'the soak temperature agrees with its target: keep it',
    outlier_held_back: 'the last run differs too much from the earlier ones: wait for another',
    move_limited: 'EWMA of the soak error; the move is limited to 3 °C',
    input_limited: 'EWMA of the soak error; the offset is at its limit',
  },
};

const TEMPERATURE: RunToRunSettings = {
  weights: { lambda1: 0.3, lambda2: 0 },
  target: 0,
  modelGain: 1,
  gainRatioMax: 1.5,
  inputMin: -15,
  inputMax: 15,
  moveMax: 3,
  deadBand: 0.3,
  noiseSigma: 0.3,
  outlierSigma: 6,
};

/** Oxide thickness against what the recipe as asked grows; steered by a factor on the hottest holds' time. */
const timeLoop: Loop = {
  id: 'time',
  parameter: 'duration_s',
  measuredBy: 'oxide_thickness_nm',
  outputUnit: 'share of the thickness that the recipe grows',
  neutralInput: 1,
  settings: timeSettings,
  steered: (asked, input) => holdS(asked) * input,
  apply: (wire, input) => ({ ...wire, segments: prolonged(wire['segments'] as WireSegments, input) }),
  outputOf: (asked, measured) => measured / grownNm(asked, 1),
  // Nothing in the chamber sees the oxide.
  estimate: () => null,
  reasons: {
    moved: 'EWMA of the oxide thickness',
    within_dead_band: 'the oxide is as thick as it should be: keep the time',
    outlier_held_back: 'the last oxide differs too much from the earlier ones: wait for another',
    move_limited: 'EWMA of the oxide thickness; the move is limited to 5 % of the time',
    input_limited: 'EWMA of the oxide thickness; the factor is at its limit',
  },
};

/** What an RTP chamber steers from run to run. */
export const rtpLoops: readonly Loop[] = [temperatureLoop, timeLoop];

/** The gain is d ln x / d ln t of the planned oxidation; without oxygen or hold there is nothing to steer. */
function timeSettings(asked: RtpRecipe): RunToRunSettings | null {
  if (asked.o2FlowSlm <= 0 || holdS(asked) <= 0) return null;
  const modelGain = Math.log(grownNm(asked, TIME_STEP) / grownNm(asked, 1)) / Math.log(TIME_STEP);
  if (!(modelGain > 0.05)) return null;
  return {
    weights: { lambda1: 0.3, lambda2: 0 },
    target: 1,
    modelGain,
    gainRatioMax: 1.5,
    inputMin: 0.7,
    inputMax: 1.4,
    moveMax: 0.05,
    deadBand: 0.005,
    noiseSigma: 0.01,
    outlierSigma: 5,
  };
}

const TIME_STEP = 1.05;

function hottestC({ segments }: RtpRecipe): number {
  return Math.max(...segments.map((segment) => segment.targetC));
}

/** Segments of the hottest target that follow another one of it: the holds. */
function isHold(segments: readonly { targetC: number }[], index: number, hottest: number): boolean {
  return segments[index]?.targetC === hottest && segments[index - 1]?.targetC === hottest;
}

function holdS(asked: RtpRecipe): number {
  const hottest = hottestC(asked);
  return asked.segments.reduce(
    (sum, segment, index) => (isHold(asked.segments, index, hottest) ? sum + segment.durationS : sum),
    0,
  );
}

/** Oxide that the planned temperature grows when the hottest holds last `factor` times as long. */
function grownNm(asked: RtpRecipe, factor: number): number {
  const hottest = hottestC(asked);
  const segments = asked.segments.map((segment, index) =>
    isHold(asked.segments, index, hottest) ? { ...segment, durationS: segment.durationS * factor } : segment,
  );
  const plan = planTemperature({ segments, chamber: { gas: asked, ...asked }, initialC: asked.initialC });
  const history: TemperatureHistory = plan.timeS.map((timeS, i) => ({
    timeS,
    temperatureK: (plan.tempC[i] ?? 0) + ZERO_CELSIUS_K,
  }));
  return oxideThicknessNm(asked, history);
}

function shifted(segments: WireSegments, offsetC: number) {
  const hottest = Math.max(...segments.map((segment) => segment.target_temp_c));
  return segments.map((segment) =>
    segment.target_temp_c === hottest
      ? { ...segment, target_temp_c: Number((hottest + offsetC).toFixed(3)) }
      : segment,
  );
}

function prolonged(segments: WireSegments, factor: number) {
  const temperatures = segments.map((segment) => ({ targetC: segment.target_temp_c }));
  const hottest = Math.max(...temperatures.map(({ targetC }) => targetC));
  return segments.map((segment, index) =>
    isHold(temperatures, index, hottest)
      ? { ...segment, duration_s: Number((segment.duration_s * factor).toFixed(3)) }
      : segment,
  );
}
