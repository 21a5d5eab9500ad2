import type { RunSpec } from '@spectra/schemas';
import type { LoopResult, ProcessTypes, RunToRunHistory } from '@spectra/run-engine';
import type { Transaction } from '@spectra/database';
import { runToRunResults } from '../prediction-tables.ts';
import type { ServiceContext } from '../service-context.ts';
import { threadRuns, threadStart } from './thread-history.ts';
import { ensureThread, threadsOf } from './threads.ts';

/** The threads of a run as they were before it, each with the input that this run used. */
export async function runToRunHistory<T extends ProcessTypes>(
  context: ServiceContext<T>,
  spec: RunSpec,
  run: { asked: T['recipe']; inputs: ReadonlyMap<string, number> },
): Promise<RunToRunHistory<T['recipe']>> {
  const key = {
    orgId: spec.org_id,
    equipmentId: spec.equipment_id,
    recipeHash: spec.recipe_hash,
    layer: spec.layer ?? '',
  };
  return context.database.withOrg(spec.org_id, async (tx) => {
    const threads: Record<string, RunToRunHistory<T['recipe']>['threads'][string]> = {};
    for (const { row, loop, asked, settings } of await threadsOf(tx, context, key)) {
      const start = await threadStart(tx, row);
      const results = await threadRuns<T>(tx, row, { loop, asked, since: start.since });
      threads[loop.id] = {
        settings,
        startInput: start.input,
        results: results.filter((result) => result.runId !== spec.run_id),
        input: run.inputs.get(loop.id) ?? loop.neutralInput,
      };
    }
    return { asked: run.asked, threads };
  });
}

/** Adds a run to the threads of its recipe, tool and layer. Adding it again changes nothing. */
export async function recordThreadResults<T extends ProcessTypes>(
  tx: Transaction,
  context: ServiceContext<T>,
  run: { spec: RunSpec; results: readonly LoopResult[] },
): Promise<void> {
  const { spec } = run;
  for (const { loop, input, estimate } of run.results) {
    const neutral = context.definition.runToRun.find((each) => each.id === loop)?.neutralInput;
    if (neutral === undefined) throw new Error(`the process has no loop ${loop}`);
    const key = {
      org_id: spec.org_id,
      equipment_id: spec.equipment_id,
      recipe_hash: spec.recipe_hash,
      layer: spec.layer ?? '',
      loop,
    };
    const thread = await ensureThread(tx, key, neutral);
    await tx
      .insert(runToRunResults)
      .values({
        org_id: spec.org_id,
        thread_id: thread.thread_id,
        run_id: spec.run_id,
        input,
        estimate,
        completed_at: new Date(context.clock.nowMs()),
      })
      .onConflictDoNothing();
  }
}
