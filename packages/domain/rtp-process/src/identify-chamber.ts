import { fitProcess, initialPidState, modelFromRelay, relayTune, stepPid } from '@spectra/control';
import type { ProcessModel, Recording } from '@spectra/control';
import type { Result, SimulatorSettings, TuneRequest } from '@spectra/schemas';
import { accept, refuse } from '@spectra/schemas';
import { initialRtpPlantState } from '@spectra/thermal-physics';
import { chamberModel, ZERO_CELSIUS_K } from './chamber.ts';
import { SAMPLING_S } from './channels.ts';
import { feedForwardTable, lampFraction } from './feed-forward.ts';
import { DEFAULT_GAINS, loopSettings } from './pid-control.ts';
import { rtpPlant } from './plant.ts';
import type { FeedForwardTable, RtpPlant, RtpRecipe } from './types.ts';

/** What is known of the plant beside the request: runs that it made, how its simulator is set. */
export interface TuningEvidence {
  readonly recordings?: readonly Recording[];
  readonly simulator?: SimulatorSettings;
}

/** First-order model of the chamber around a temperature, °C per per cent of lamp power, and how it was found. */
export interface IdentifiedChamber {
  readonly model: ProcessModel;
  readonly method: 'relay_feedback' | 'fit_of_recorded_runs' | 'model_as_given';
  /** Lamp power that holds the wafer where the model was found. */
  readonly biasPct: number;
  /** What the finding rests on, for the answer: temperature, quality of a fit, limit cycle of a relay. */
  readonly evidence: Readonly<Record<string, number>>;
}

/** The relay experiment: lamps ±4 % around the holding power, half a degree of hysteresis. */
const RELAY = { amplitudePct: 4, hysteresisC: 0.5, durationS: 60 } as const;
/** The wafer is held this long before the relay takes over. */
const HOLD_S = 40;
/** Half a sampling period: no loop of this chamber reacts faster. */
const DEAD_TIME_S_MIN = SAMPLING_S / 2;
/** The chamber is linear enough this far below the hottest point of a run. */
const WINDOW_C = 150;
const WINDOW_SAMPLES_MIN = 40;
const SEED = 1;

/** Finds the chamber's model from the one source that a request names; the relay works at the recipe's hottest target. */
export function identifyChamber(
  request: TuneRequest,
  recipe: RtpRecipe,
  { recordings = [], simulator = { noise_scale: 1, faults: [] } }: TuningEvidence,
): Result<IdentifiedChamber> {
  if (request.model) return accept(givenModel(request.model));
  if (request.run_ids) return fromRuns(request.run_ids, recordings);
  return byRelay(recipe, simulator);
}

function givenModel(model: NonNullable<TuneRequest['model']>): IdentifiedChamber {
  return {
    model: { gain: model.gain, timeConstantS: model.time_constant_s, deadTimeS: model.dead_time_s },
    method: 'model_as_given',
    biasPct: 50,
    evidence: {},
  };
}

/** Of all recordings the one that the model predicts best. */
function fromRuns(runIds: readonly string[], recordings: readonly Recording[]): Result<IdentifiedChamber> {
  let best: IdentifiedChamber | null = null;
  for (const recording of recordings.map(nearTheTop)) {
    const fit = fitProcess(recording);
    if (!fit.ok || fit.model.gain <= 0 || fit.fitPct <= (best?.evidence['fit_pct'] ?? 0)) continue;
    best = {
      model: { ...fit.model, deadTimeS: Math.max(DEAD_TIME_S_MIN, fit.model.deadTimeS) },
      method: 'fit_of_recorded_runs',
      biasPct: Math.min(95, Math.max(5, meanOf(recording.inputs))),
      evidence: { temperature_c: meanOf(recording.outputs), fit_pct: fit.fitPct },
    };
  }
  if (best) return accept(best);
  const message = 'no run has telemetry from which a model of the chamber can be fitted';
  return refuse('source_run_unusable', message, [{ path: 'run_ids', message, value: runIds }]);
}

/**
 * The part of a run around its hottest point. Radiation makes the gain of the chamber fall with the cube of the
 * temperature, so that one linear model of a whole run, from cold, fits none of it well.
 */
function nearTheTop(recording: Recording): Recording {
  const { inputs, outputs } = recording;
  const floorC = Math.max(...outputs) - WINDOW_C;
  const from = outputs.findIndex((tempC) => tempC >= floorC);
  const length = outputs.slice(from).findIndex((tempC) => tempC < floorC);
  const to = length < 0 ? outputs.length : from + length;
  if (to - from < WINDOW_SAMPLES_MIN) return recording;
  return { ...recording, inputs: inputs.slice(from, to), outputs: outputs.slice(from, to) };
}

/** Relay feedback on the simulated chamber around a temperature, all zones together, after it was held there. */
function byRelay(recipe: RtpRecipe, simulator: SimulatorSettings): Result<IdentifiedChamber> {
  const temperatureC = Math.max(...recipe.segments.map((segment) => segment.targetC));
  const table = feedForwardTable({ ...recipe, gas: recipe });
  const held = hold({ recipe, simulator, temperatureC, table });
  const settings = {
    setpoint: temperatureC,
    bias: held.biasPct,
    amplitude: RELAY.amplitudePct,
    hysteresis: RELAY.hysteresisC,
    dtS: SAMPLING_S,
    durationS: RELAY.durationS,
  };
  const cycle = relayTune<RtpPlant>(
    {
      initial: held.plant,
      output: waferC,
      step: (plant, powerPct, dtS) => advance(plant, recipe, { shape: held.shape, powerPct }, dtS),
    },
    settings,
  );
  const failed = (why: string) => refuse('conflict', `The relay experiment at ${temperatureC} °C: ${why}`);
  if (!cycle.ok) return failed(`no limit cycle (${cycle.reason})`);
  const found = modelFromRelay(cycle.value, settings, steadyGainCPerPct(table, temperatureC));
  if (!found) return failed('no first-order model explains its limit cycle');
  return accept({
    model: { ...found, deadTimeS: Math.max(DEAD_TIME_S_MIN, found.deadTimeS) },
    method: 'relay_feedback',
    biasPct: held.biasPct,
    evidence: {
      temperature_c: temperatureC,
      relay_amplitude_pct: RELAY.amplitudePct,
      relay_hysteresis_c: RELAY.hysteresisC,
      relay_swing_c: cycle.value.swing,
      relay_ultimate_gain: cycle.value.ultimateGain,
      relay_ultimate_period_s: cycle.value.ultimatePeriodS,
    },
  });
}

/** What a chamber is held with. */
interface Holding {
  readonly recipe: RtpRecipe;
  readonly simulator: SimulatorSettings;
  readonly temperatureC: number;
  readonly table: FeedForwardTable;
}

/** Brings the chamber to rest at a temperature, whatever its faults ask of the lamps; the zones keep their proportions. */
function hold({ recipe, simulator, temperatureC, table }: Holding) {
  const steady = lampFraction(table, { tempC: temperatureC, rampCPerS: 0 });
  const shape = steady.map((fraction) => fraction / meanOf(steady));
  const feedForward = 100 * meanOf(steady);
  const settings = loopSettings(DEFAULT_GAINS);
  let plant = heldPlant(recipe, simulator, { temperatureC, steady });
  let state = initialPidState();
  for (let timeS = 0; timeS < HOLD_S; timeS += SAMPLING_S) {
    const measured = waferC(plant);
    const step = stepPid(settings, state, {
      setpoint: temperatureC,
      measured,
      feedForward,
      dtS: SAMPLING_S,
    });
    state = step.state;
    plant = advance(plant, recipe, { shape, powerPct: step.output }, SAMPLING_S);
  }
  return { plant, shape, biasPct: Math.min(95, Math.max(5, state.output)) };
}

function heldPlant(
  recipe: RtpRecipe,
  simulator: SimulatorSettings,
  { temperatureC, steady }: { temperatureC: number; steady: readonly number[] },
): RtpPlant {
  const temperatureK = temperatureC + ZERO_CELSIUS_K;
  const chamber = initialRtpPlantState(chamberModel(recipe.waferDiameterMm), { temperatureK });
  return {
    ...rtpPlant.loadWafer({ recipe, waferIndex: 0, seed: SEED, simulator }),
    chamber: { ...chamber, lampDriveFraction: [...steady], lampRadiantFraction: [...steady] },
    gas: recipe,
  };
}

function advance(
  plant: RtpPlant,
  { n2FlowSlm, o2FlowSlm, pressureTorr }: RtpRecipe,
  { shape, powerPct }: { shape: readonly number[]; powerPct: number },
  dtS: number,
): RtpPlant {
  const lampPowerPct = shape.map((share) => Math.min(100, Math.max(0, share * powerPct)));
  return rtpPlant.advance(plant, { lampPowerPct, n2FlowSlm, o2FlowSlm, pressureTorr }, dtS).plant;
}

/** How much hotter a uniform wafer settles for one per cent more of lamp power. */
function steadyGainCPerPct(table: FeedForwardTable, temperatureC: number): number {
  const at = (tempC: number) => meanOf(lampFraction(table, { tempC, rampCPerS: 0 }));
  const halfC = table.stepC;
  return (2 * halfC) / (100 * (at(temperatureC + halfC) - at(temperatureC - halfC)));
}

function waferC(plant: RtpPlant): number {
  return meanOf(plant.chamber.waferTemperatureK) - ZERO_CELSIUS_K;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
