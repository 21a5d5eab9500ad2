import { followThread } from '@spectra/control';
import type { RunAdvice } from '@spectra/schemas';
import type { FinishContext, OutcomeDraft, ProcessTypes } from './process-definition.ts';
import type { LoopResult, RunToRunLoop, ThreadHistory } from './run-to-run-loop.ts';

type Loop<T extends ProcessTypes> = RunToRunLoop<T['recipe'], T['waferResult']>;

/**
 * The finish step that advises the next run: each loop's thread takes up this run, as far as the run itself knows its
 * outcome, and proposes the steered field of the next. Metrology that comes later corrects the thread, not this advice.
 */
export function adviseNextRun<T extends ProcessTypes>(
  loops: readonly Loop<T>[],
): (context: FinishContext<T>) => Partial<OutcomeDraft> {
  return (context) => {
    const asked = context.runToRun?.asked ?? context.recipe;
    const advised = loops.flatMap((loop) => {
      const thread = context.runToRun?.threads[loop.id] ?? newThread(loop, asked);
      return thread ? [adviseLoop(loop, asked, { thread, results: context.results })] : [];
    });
    return {
      runToRun: advised.map(({ result }) => result),
      advice: advised.flatMap(({ advice }) => advice ?? []),
    };
  };
}

function newThread<T extends ProcessTypes>(loop: Loop<T>, asked: T['recipe']): ThreadHistory | null {
  const settings = loop.settings(asked);
  if (settings === null) return null;
  return { settings, startInput: loop.neutralInput, results: [], input: loop.neutralInput };
}

function adviseLoop<T extends ProcessTypes>(
  loop: Loop<T>,
  asked: T['recipe'],
  run: { thread: ThreadHistory; results: readonly T['waferResult'][] },
): { result: LoopResult; advice: RunAdvice | null } {
  const { settings, startInput, results, input } = run.thread;
  const known = run.results
    .map((result) => loop.estimate(asked, result, input))
    .filter((value) => value !== null);
  const estimate = known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  const result = { loop: loop.id, input, estimate };
  const followed = followThread(settings, startInput, [...results, { input, estimate, measured: null }]);
  if (followed.state.samples === 0 && followed.state.heldBack === 0) return { result, advice: null };
  const advice = {
    parameter: loop.parameter,
    present: loop.steered(asked, input),
    proposed: Number(loop.steered(asked, followed.advice.input).toPrecision(6)),
    reason: loop.reasons[followed.advice.reason],
  };
  return { result, advice };
}
