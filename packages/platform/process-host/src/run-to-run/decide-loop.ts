import type { RunSpec, RunSteering, Sop, ThreadAdvice } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import type { OpenThread } from './thread-view.ts';

type LoopRecord = RunSteering['loops'][number];

/** What becomes of one loop's advice in a run that starts. */
export interface SteeredLoop<T extends ProcessTypes> {
  readonly loop: OpenThread<T>['loop'];
  readonly input: number;
  readonly applied: boolean;
  readonly record: LoopRecord;
  /** The same loop, left as the recipe asks, for this reason. */
  without(why: string): SteeredLoop<T>;
}

/**
 * Decides whether a loop's advice is used: by itself where the SOP says so, on purpose where the request asks for it,
 * within the SOP's bounds either way. Everything else stays a proposal.
 */
export function decideLoop<T extends ProcessTypes>(
  thread: OpenThread<T>,
  known: { advice: ThreadAdvice; samples: number; spec: RunSpec; sop: Sop },
): SteeredLoop<T> {
  const { advice, samples, spec, sop } = known;
  const { neutralInput } = thread.loop;
  const as = (choice: { input: number; applied: boolean; why: string }): SteeredLoop<T> => ({
    loop: thread.loop,
    input: choice.input,
    applied: choice.applied,
    record: {
      loop: thread.loop.id,
      parameter: thread.loop.parameter,
      thread_id: thread.row.thread_id,
      samples,
      asked: advice.asked,
      proposed: advice.proposed,
      used: choice.applied ? thread.loop.steered(thread.asked, choice.input) : advice.asked,
      input: choice.input,
      applied: choice.applied,
      reason: `${advice.explanation}; ${choice.why}`,
    },
    without: (why) => as({ input: neutralInput, applied: false, why }),
  });
  const leave = (why: string) => as({ input: neutralInput, applied: false, why });
  const mode = sop.run_to_run?.mode ?? 'proposal';
  const wanted = spec.run_to_run ?? 'as_sop';
  if (wanted === 'skip') return leave('left as asked: the request skips run-to-run control');
  if (wanted === 'as_sop' && mode !== 'automatic')
    return leave('a proposal: the SOP does not apply it by itself');
  if (samples === 0) return leave('left as asked: no result is known yet');
  const bounds = sop.run_to_run?.bounds[thread.loop.id];
  const input = Math.min(Math.max(advice.input, bounds?.minimum ?? -Infinity), bounds?.maximum ?? Infinity);
  if (input === neutralInput) return leave('nothing to change');
  const by = wanted === 'apply' ? 'the request' : 'the SOP';
  const cut = input === advice.input ? '' : ', cut to the bounds of the SOP';
  return as({ input, applied: true, why: `applied by ${by}${cut}` });
}
