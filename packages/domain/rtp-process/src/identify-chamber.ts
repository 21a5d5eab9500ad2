import { fitProcess, modelFromRelay, relayTune } from '@spectra/control';
import type { ProcessModel, Recording } from '@spectra/control';
import type { Result, TuneRequest } from '@spectra/schemas';
import { accept, refuse } from '@spectra/schemas';
import { initialRtpPlantState, stepRtpPlant } from '@spectra/thermal-physics';
import type { RtpPlantState } from '@spectra/thermal-physics';
import { CHAMBER, chamberModel, operatingPoint, ZERO_CELSIUS_K } from './chamber.ts';
import { SAMPLING_S } from './channels.ts';
import { feedForwardTable, lampFraction } from './feed-forward.ts';

/** First-order model of the chamber around a temperature, °C per per cent of lamp power, and how it was found. */
export interface IdentifiedChamber {
  readonly model: ProcessModel;
  readonly method: 'relay_feedback' | 'fit_of_recorded_runs' | 'model_as_given';
  /** Lamp power that holds the wafer where the model was found. */
  readonly biasPct: number;
  readonly temperatureC: number | null;
  readonly fitPct: number | null;
}

/** The relay experiment: lamps ±4 % around the holding power, half a degree of hysteresis. */
const RELAY = { amplitudePct: 4, hysteresisC: 0.5, durationS: 60 } as const;
const DEFAULT_TEMPERATURE_C = 1000;
/** Half a sampling period: no loop of this chamber reacts faster. */
const DEAD_TIME_S_MIN = SAMPLING_S / 2;

const CONDITIONS = {
  gas: { n2FlowSlm: 10, o2FlowSlm: 0, pressureTorr: CHAMBER.atmosphereTorr },
  emissivity: 0.68,
  waferDiameterMm: 300,
} as const;

/** Finds the chamber's model from the one source that a request names. */
export function identifyChamber(
  request: TuneRequest,
  recordings: readonly Recording[],
): Result<IdentifiedChamber> {
  const sources = [request.plant_id, request.run_ids, request.recipe, request.model];
  if (sources.filter((source) => source !== undefined).length !== 1) {
    const message = 'name exactly one of plant_id, run_ids, recipe and model';
    return refuse('validation_failed', message, [{ path: 'recipe', message }]);
  }
  if (request.model) return accept(givenModel(request.model));
  if (request.run_ids) return fromRuns(recordings);
  const targets = request.recipe?.segments.map((segment) => segment.target_temp_c);
  return byRelay(targets ? Math.max(...targets) : DEFAULT_TEMPERATURE_C);
}

function givenModel(model: NonNullable<TuneRequest['model']>): IdentifiedChamber {
  return {
    model: {
      gain: model.gain,
      timeConstantS: model.time_constant_s,
      deadTimeS: Math.max(DEAD_TIME_S_MIN, model.dead_time_s),
    },
    method: 'model_as_given',
    biasPct: 50,
    temperatureC: null,
    fitPct: null,
  };
}

/** Of all recordings the one that the model predicts best. */
function fromRuns(recordings: readonly Recording[]): Result<IdentifiedChamber> {
  let best: IdentifiedChamber | null = null;
  for (const recording of recordings) {
    const fit = fitProcess(recording);
    if (!fit.ok || fit.model.gain <= 0 || fit.fitPct <= (best?.fitPct ?? 0)) continue;
    const { inputs } = recording;
    best = {
      model: { ...fit.model, deadTimeS: Math.max(DEAD_TIME_S_MIN, fit.model.deadTimeS) },
      method: 'fit_of_recorded_runs',
      biasPct: Math.min(95, Math.max(5, inputs.reduce((sum, value) => sum + value, 0) / inputs.length)),
      temperatureC: null,
      fitPct: fit.fitPct,
    };
  }
  if (best) return accept(best);
  return refuse(
    'source_run_unusable',
    'no run has telemetry from which a model of the chamber can be fitted',
  );
}

/** Relay feedback on the simulated chamber around a temperature, all zones together. */
function byRelay(temperatureC: number): Result<IdentifiedChamber> {
  const table = feedForwardTable(CONDITIONS);
  const hold = lampFraction(table, { tempC: temperatureC, rampCPerS: 0 });
  const biasPct = (100 * hold.reduce((sum, value) => sum + value, 0)) / hold.length;
  const settings = {
    setpoint: temperatureC,
    bias: 0,
    amplitude: RELAY.amplitudePct,
    hysteresis: RELAY.hysteresisC,
    dtS: SAMPLING_S,
    durationS: RELAY.durationS,
  };
  const model = chamberModel(CONDITIONS.waferDiameterMm);
  const cycle = relayTune<RtpPlantState>(
    {
      initial: heldChamber(temperatureC, hold),
      output: (state) => meanC(state),
      step: (state, input, dtS) =>
        stepRtpPlant(
          model,
          state,
          {
            ...CONDITIONS.gas,
            lampPowerFraction: hold.map((value) => Math.min(1, Math.max(0, value + input / 100))),
            emissivityOverride:
              operatingPoint(CONDITIONS, temperatureC).emissivityOverride ?? CONDITIONS.emissivity,
          },
          dtS,
        ).state,
    },
    settings,
  );
  if (!cycle.ok) return refuse('internal', `the relay experiment gave no limit cycle: ${cycle.reason}`);
  const found = modelFromRelay(cycle.value, settings, steadyGainCPerPct(temperatureC));
  if (!found) return refuse('internal', 'no first-order model explains the limit cycle');
  return accept({
    model: { ...found, deadTimeS: Math.max(DEAD_TIME_S_MIN, found.deadTimeS) },
    method: 'relay_feedback',
    biasPct,
    temperatureC,
    fitPct: null,
  });
}

function heldChamber(temperatureC: number, hold: readonly number[]): RtpPlantState {
  const start = initialRtpPlantState(chamberModel(CONDITIONS.waferDiameterMm), {
    temperatureK: temperatureC + ZERO_CELSIUS_K,
  });
  return { ...start, lampDriveFraction: [...hold], lampRadiantFraction: [...hold] };
}

/** How much hotter a uniform wafer settles for one per cent more of lamp power. */
function steadyGainCPerPct(temperatureC: number): number {
  const table = feedForwardTable(CONDITIONS);
  const at = (tempC: number) =>
    lampFraction(table, { tempC, rampCPerS: 0 }).reduce((sum, value) => sum + value, 0) / CHAMBER.zoneCount;
  const halfC = table.stepC;
  return (2 * halfC) / (100 * (at(temperatureC + halfC) - at(temperatureC - halfC)));
}

function meanC(state: RtpPlantState): number {
  const { waferTemperatureK } = state;
  return waferTemperatureK.reduce((sum, value) => sum + value, 0) / waferTemperatureK.length - ZERO_CELSIUS_K;
}
