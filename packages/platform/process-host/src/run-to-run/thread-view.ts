import { checkRunToRun, followThread } from '@spectra/control';
import type { RunToRunSettings } from '@spectra/control';
import type { z } from 'zod';
import type { ThreadAdvice, ThreadView, threadSchema } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessDefinition, ProcessTypes, RunToRunLoop } from '@spectra/run-engine';
import { threadRuns, threadStart } from './thread-history.ts';
import type { ThreadRow } from './thread-history.ts';
import { toWireSettings, withChanges } from './thread-settings.ts';

type Loop<T extends ProcessTypes> = RunToRunLoop<T['recipe'], T['waferResult']>;

/** A thread with the recipe and the loop that it is of, ready to be followed. */
export interface OpenThread<T extends ProcessTypes> {
  readonly row: ThreadRow;
  readonly loop: Loop<T>;
  readonly asked: T['recipe'];
  readonly settings: RunToRunSettings;
}

/** Runs of its history that a view shows. */
const historyShown = 100;

/** Puts a thread's row, loop and recipe together; null when the process has no such loop, or not for this recipe. */
export function openThread<T extends ProcessTypes>(
  definition: ProcessDefinition<T>,
  row: ThreadRow,
  wire: Readonly<Record<string, unknown>>,
): OpenThread<T> | null {
  const loop = definition.runToRun.find((each) => each.id === row.loop);
  const parsed = definition.recipe.parse(wire);
  if (!loop || !parsed.ok) return null;
  const asked = parsed.value.recipe;
  const defaults = loop.settings(asked);
  return defaults === null ? null : { row, loop, asked, settings: withChanges(defaults, row.settings) };
}

/** A thread as a list tells it. */
export function threadFacts<T extends ProcessTypes>(
  thread: OpenThread<T>,
  process: string,
): z.infer<typeof threadSchema> {
  const { row, settings } = thread;
  const check = checkRunToRun(settings);
  if (!check.ok) throw new Error(`thread ${row.thread_id} holds settings that it refuses: ${check.detail}`);
  return {
    thread_id: row.thread_id,
    process,
    equipment_id: row.equipment_id,
    recipe_hash: row.recipe_hash,
    layer: row.layer === '' ? null : row.layer,
    loop: row.loop,
    settings: toWireSettings(settings),
    changed: Object.keys(row.settings),
    spectral_radius: check.spectralRadius,
    restarted_at: row.restarted_at?.toISOString() ?? null,
    restart_reason: row.restart_reason,
    created_at: row.created_at.toISOString(),
  };
}

/** A thread with its state, its advice for the next run, and what they come from. */
export async function threadView<T extends ProcessTypes>(
  tx: Transaction,
  thread: OpenThread<T>,
  process: string,
): Promise<ThreadView> {
  const { row, loop, asked, settings } = thread;
  const start = await threadStart(tx, row);
  const runs = await threadRuns<T>(tx, row, { loop, asked, since: start.since });
  const { state, advice, steps } = followThread(settings, start.input, runs);
  const present = runs.at(-1)?.input ?? start.input;
  const told: ThreadAdvice = {
    loop: loop.id,
    parameter: loop.parameter,
    measured_by: loop.measuredBy,
    asked: loop.steered(asked, loop.neutralInput),
    present: loop.steered(asked, present),
    proposed: Number(loop.steered(asked, advice.input).toPrecision(7)),
    input: advice.input,
    change: advice.change,
    reason: advice.reason,
    explanation:
      state.samples === 0 ? 'no result is known yet: keep the recipe' : loop.reasons[advice.reason],
    predicted_output: advice.predictedOutput,
    target: settings.target,
    output_unit: loop.outputUnit,
  };
  const history = runs.map((run, index) => {
    const step = steps[index];
    return {
      run_id: run.runId,
      completed_at: run.completedAt.toISOString(),
      input: run.input,
      estimate: run.estimate,
      measured: run.measured,
      wafers_measured: run.wafersMeasured,
      taken: step?.taken ?? 'nothing_known',
      expected: step?.expected ?? settings.target,
      reason: step?.reason ?? null,
    };
  });
  return {
    ...threadFacts(thread, process),
    restarted_at: start.since?.toISOString() ?? null,
    restart_reason: start.reason,
    state: {
      intercept: state.intercept,
      drift: state.drift,
      input: advice.input,
      samples: state.samples,
      held_back: state.heldBack,
    },
    advice: told,
    history: history.slice(-historyShown).toReversed(),
  };
}
