import type { SimulatorSettings, Wafer } from '@spectra/schemas';
import { emptyOutcome, finishRun } from './finish-run.ts';
import type {
  CalibrationFactors,
  OutcomeDraft,
  ProcessDefinition,
  ProcessTypes,
  RunTelemetry,
} from './process-definition.ts';
import { derivedSeed } from './random.ts';
import type { RunToRunHistory } from './run-to-run-loop.ts';
import { startWafer, step } from './step.ts';
import type { StepEvent } from './step.ts';
import { TelemetryRecord } from './telemetry-record.ts';

export interface SimulatedRunRequest<T extends ProcessTypes> {
  readonly recipe: T['recipe'];
  readonly wafers: readonly Wafer[];
  readonly seed: number;
  readonly simulator?: SimulatorSettings;
  readonly factors?: CalibrationFactors;
  readonly upstream?: readonly (Readonly<Record<string, unknown>> | null)[];
  readonly runToRun?: RunToRunHistory<T['recipe']>;
  readonly calibrationUncertaintyPct?: Readonly<Record<string, number | null>>;
  /** Refuses to simulate longer than this. */
  readonly toolTimeSMax?: number;
}

export interface SimulatedRun<T extends ProcessTypes> {
  readonly status: 'completed' | 'tripped';
  readonly results: readonly T['waferResult'][];
  readonly telemetry: RunTelemetry;
  readonly events: readonly (StepEvent & { readonly timeS: number })[];
  readonly outcome: OutcomeDraft;
  /** What the tool itself counted, wafer by wafer. */
  readonly journals: readonly Record<string, number>[];
}

/**
 * A whole run against the plant model in this process, without clock, lease or network: for tests, replay,
 * tuning and benchmarks. It makes the same frames as a hosted run of the same recipe, seed and code.
 */
export function simulateRun<T extends ProcessTypes>(
  definition: ProcessDefinition<T>,
  request: SimulatedRunRequest<T>,
): SimulatedRun<T> {
  const record = new TelemetryRecord(definition.channels);
  const events: (StepEvent & { timeS: number })[] = [];
  const results: T['waferResult'][] = [];
  const journals: Record<string, number>[] = [];
  let toolTimeS = 0;
  for (const waferIndex of request.wafers.keys()) {
    const wafer = simulateWafer(definition, request, { waferIndex, toolTimeS, record, events });
    toolTimeS = wafer.toolTimeS;
    journals.push(wafer.journal);
    if (wafer.result === undefined) break;
    results.push(wafer.result);
  }
  const completed = results.length === request.wafers.length;
  const telemetry = record.whole();
  const outcome = completed ? finished(definition, request, { results, telemetry }) : emptyOutcome;
  return {
    status: completed ? 'completed' : 'tripped',
    results,
    telemetry,
    events,
    journals,
    outcome,
  };
}

function simulateWafer<T extends ProcessTypes>(
  definition: ProcessDefinition<T>,
  request: SimulatedRunRequest<T>,
  run: {
    waferIndex: number;
    toolTimeS: number;
    record: TelemetryRecord;
    events: (StepEvent & { timeS: number })[];
  },
): { toolTimeS: number; journal: Record<string, number>; result: T['waferResult'] | undefined } {
  const { recipe, factors = {}, simulator = { noise_scale: 1, faults: [] } } = request;
  const dtS = definition.samplingS;
  const seed = derivedSeed(request.seed, run.waferIndex);
  let plant = definition.plant.loadWafer({ recipe, waferIndex: run.waferIndex, seed, simulator });
  let readings = definition.plant.read(plant);
  let state = startWafer(definition, {
    recipe,
    waferIndex: run.waferIndex,
    readings,
    factors,
    resumed: false,
    toolTimeS: run.toolTimeS,
  });
  const limitS = request.toolTimeSMax ?? 36_000;
  while (state.phase === 'processing') {
    if (state.waferTimeS > limitS)
      throw new Error(`the wafer is not finished after ${limitS} s of tool time`);
    const result = step(definition, state, readings, dtS);
    run.record.append(result.frame);
    for (const event of result.events) run.events.push({ ...event, timeS: result.frame.timeS });
    state = result.state;
    ({ plant, readings } = definition.plant.advance(plant, result.setpoints, dtS));
  }
  const done = state.phase === 'wafer_done';
  return {
    toolTimeS: state.toolTimeS,
    journal: definition.plant.journal(plant),
    result: done ? definition.controller.waferResult(state.control, readings) : undefined,
  };
}

function finished<T extends ProcessTypes>(
  definition: ProcessDefinition<T>,
  request: SimulatedRunRequest<T>,
  run: { results: readonly T['waferResult'][]; telemetry: RunTelemetry },
): OutcomeDraft {
  const steps = finishRun(definition, {
    recipe: request.recipe,
    wafers: request.wafers,
    upstream: request.upstream ?? request.wafers.map(() => null),
    runToRun: request.runToRun ?? null,
    calibrationUncertaintyPct: request.calibrationUncertaintyPct ?? {},
    ...run,
  });
  for (;;) {
    const next = steps.next();
    if (next.done) return next.value;
  }
}
