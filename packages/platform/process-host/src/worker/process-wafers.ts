import { derivedSeed, startWafer, step } from '@spectra/run-engine';
import type {
  InterlockTrip,
  ProcessDefinition,
  ProcessTypes,
  RunState,
  StepResult,
} from '@spectra/run-engine';
import type { TelemetryRecord } from '@spectra/run-engine';
import type { RunSpec, SimulatorSettings } from '@spectra/schemas';
import { withinSpan, type Clock } from '@spectra/service-kit';
import type { ToolSession } from '../tool/tool-session.ts';
import type { JobReporter, StopReason } from './job-reporter.ts';
import { Pace } from './pace.ts';
import type { RunCheckpoint } from './run-checkpoint.ts';
import type { RunLog } from './run-log.ts';
import type { RunPublisher } from './run-publisher.ts';

/** One attempt at the wafers of a run. */
export interface WaferRun<T extends ProcessTypes> {
  readonly definition: ProcessDefinition<T>;
  readonly spec: RunSpec;
  readonly recipe: T['recipe'];
  readonly factors: Readonly<Record<string, number>>;
  readonly simulator: SimulatorSettings;
  readonly tool: ToolSession<T>;
  readonly record: TelemetryRecord;
  readonly reporter: JobReporter;
  readonly publisher: RunPublisher;
  readonly log: RunLog;
  readonly clock: Clock;
  /** Told after each finished wafer how many there are. */
  readonly finished: (wafers: number) => void;
}

export type WafersEnd<T extends ProcessTypes> =
  | { readonly kind: 'done'; readonly results: readonly T['waferResult'][] }
  | { readonly kind: 'stopped'; readonly reason: StopReason; readonly safeStateAt: string }
  | { readonly kind: 'tripped'; readonly trip: InterlockTrip; readonly safeStateAt: string }
  | { readonly kind: 'uncertain'; readonly reason: string };

/**
 * Processes the wafers one after the other, from where the checkpoint says. Before a wafer may see energy, the fact
 * that it may is stored durably; after an interruption the tool itself says how far the wafer came.
 */
export async function processWafers<T extends ProcessTypes>(
  run: WaferRun<T>,
  from: RunCheckpoint<T>,
): Promise<WafersEnd<T>> {
  const pace = new Pace(run.clock, run.spec.time_scale);
  const startedMs = run.clock.monotonicMs();
  let at = from;
  while (at.waferIndex < run.spec.wafers.length) {
    const stop = run.reporter.stopReason();
    if (stop) return { kind: 'stopped', reason: stop, safeStateAt: await safeState(run, stop) };
    const started = { ...at, started: true, waferStartsS: waferStartsS(at) };
    const begun = await beginWafer(run, at, started);
    if (!begun) return { kind: 'uncertain', reason: forgottenWafer(run, at) };
    const ended = await withinSpan(
      {
        name: 'wafer',
        kind: 'internal',
        under: run.spec,
        attributes: { 'spectra.wafer': at.waferIndex + 1 },
      },
      () => runWafer(run, begun, { pace, startedMs, startIndex: from.waferIndex }),
    );
    if (ended.kind !== 'wafer') return ended;
    at = {
      ...started,
      started: false,
      waferIndex: at.waferIndex + 1,
      toolTimeS: ended.toolTimeS,
      results: [...at.results, ended.result],
    };
    run.finished(at.waferIndex);
  }
  await run.reporter.checkpoint({ exposed: true, state: at });
  return { kind: 'done', results: at.results };
}

interface BegunWafer<T extends ProcessTypes> {
  readonly state: RunState<T>;
  readonly readings: T['readings'];
}

/** Loads the next wafer, or takes up the interrupted one; null when the tool does not know that one any more. */
async function beginWafer<T extends ProcessTypes>(
  run: WaferRun<T>,
  at: RunCheckpoint<T>,
  started: RunCheckpoint<T>,
): Promise<BegunWafer<T> | null> {
  const { definition, spec, recipe, factors, tool } = run;
  const { waferIndex } = at;
  const interrupted = at.started && definition.interruptedWafer === 'resume';
  const loaded = tool.found.loaded;
  const held = loaded?.run_id === spec.run_id ? loaded.wafer_index : null;
  const resumed = interrupted && held === waferIndex;
  if (interrupted && !resumed && held !== waferIndex - 1) return null;
  await run.reporter.checkpoint({ exposed: true, state: started });
  const seed = derivedSeed(spec.seed, waferIndex);
  const wafer = spec.wafers[waferIndex];
  run.log.info(
    `${resumed ? 'Taking up' : 'Loading'} wafer ${wafer?.wafer_id ?? waferIndex} (slot ${wafer?.slot ?? 0})`,
  );
  const readings = resumed
    ? (tool.found.readings as T['readings'])
    : await tool.load({
        runId: spec.run_id,
        waferIndex,
        recipe: spec.recipe,
        seed,
        simulator: run.simulator,
      });
  const toolTimeS = resumed ? nextTimeS(run.record, definition.samplingS, at.toolTimeS) : at.toolTimeS;
  const state = startWafer(definition, { recipe, waferIndex, readings, factors, resumed, toolTimeS });
  return { state, readings };
}

async function runWafer<T extends ProcessTypes>(
  run: WaferRun<T>,
  begun: BegunWafer<T>,
  timing: { pace: Pace; startedMs: number; startIndex: number },
): Promise<
  Exclude<WafersEnd<T>, { kind: 'done' }> | { kind: 'wafer'; result: T['waferResult']; toolTimeS: number }
> {
  const { definition, tool } = run;
  const dtS = definition.samplingS;
  let { state, readings } = begun;
  for (;;) {
    const stop = run.reporter.stopReason();
    if (stop) {
      clearAlarms(run, state);
      return { kind: 'stopped', reason: stop, safeStateAt: await safeState(run, stop) };
    }
    const result = step(definition, state, readings, dtS);
    publishStep(run, result);
    const trip = result.events.find((event) => event.kind === 'interlock_tripped')?.trip;
    if (trip) {
      clearAlarms(run, result.state);
      return { kind: 'tripped', trip, safeStateAt: await safeState(run, `interlock ${trip.id}`) };
    }
    state = result.state;
    readings = await tool.advance(result.setpoints, dtS);
    report(run, state, timing);
    if (state.phase === 'wafer_done') break;
    await timing.pace.until(state.toolTimeS);
  }
  clearAlarms(run, state);
  run.publisher.sendFrames();
  return {
    kind: 'wafer',
    result: definition.controller.waferResult(state.control, readings),
    toolTimeS: state.toolTimeS,
  };
}

function publishStep<T extends ProcessTypes>(run: WaferRun<T>, result: StepResult<T>): void {
  run.record.append(result.frame);
  run.publisher.frameAdded();
  const { timeS, waferIndex } = result.frame;
  for (const event of result.events) {
    if (event.kind === 'picture') run.publisher.picture(event.picture, { waferIndex, timeS });
    if (event.kind === 'alarm_raised') {
      run.publisher.alarm(event.alarm, 'raised', timeS);
      run.log.warn(`${timeS.toFixed(1)} s: ${event.alarm.message}`);
    }
    if (event.kind === 'alarm_cleared') run.publisher.alarm(event.alarm, 'cleared', timeS);
  }
}

/** Conditions are watched while a wafer is processed: with the wafer they end. */
function clearAlarms<T extends ProcessTypes>(run: WaferRun<T>, state: RunState<T>): void {
  for (const alarm of Object.values(state.alarms)) run.publisher.alarm(alarm, 'cleared', state.toolTimeS);
}

function report<T extends ProcessTypes>(
  run: WaferRun<T>,
  state: RunState<T>,
  timing: { startedMs: number; startIndex: number },
): void {
  const { progress } = run.definition;
  const count = run.spec.wafers.length;
  const done = (state.waferIndex + state.fraction) / count;
  const doneHere = (state.waferIndex - timing.startIndex + state.fraction) / count;
  const elapsedS = (run.clock.monotonicMs() - timing.startedMs) / 1000;
  const etaS = doneHere > 0.01 ? (elapsedS / doneHere) * (1 - done) : null;
  const percent = progress.processStart + (progress.processEnd - progress.processStart) * done;
  run.reporter.report(percent, progress.stepText({ index: state.waferIndex, count }), etaS);
}

async function safeState<T extends ProcessTypes>(run: WaferRun<T>, reason: string): Promise<string> {
  const journal = await run.tool.goSafe(reason);
  run.publisher.sendFrames();
  const at = new Date(run.clock.nowMs()).toISOString();
  run.log.warn(`Safe state (${reason}); the tool's journal: ${JSON.stringify(journal)}`);
  return at;
}

function forgottenWafer<T extends ProcessTypes>(run: WaferRun<T>, at: RunCheckpoint<T>): string {
  const wafer = run.spec.wafers[at.waferIndex]?.wafer_id ?? `${at.waferIndex}`;
  return `Wafer ${wafer} was interrupted and the tool does not remember it: what it received is uncertain`;
}

function waferStartsS<T extends ProcessTypes>(at: RunCheckpoint<T>): readonly number[] {
  return at.started ? at.waferStartsS : [...at.waferStartsS, at.toolTimeS];
}

/** After an interruption tool time goes on behind the last frame that was recorded, so that it never runs back. */
function nextTimeS(record: TelemetryRecord, samplingS: number, otherwiseS: number): number {
  const last = record.lastTimeS;
  return last === null ? otherwiseS : Math.max(otherwiseS, last + samplingS);
}
