import type { RunToRunAdvice, RunToRunSettings, ThreadResult } from '@spectra/control';

/**
 * One loop of run-to-run control: a recipe field that is steered so that something measured meets its target. The
 * input is what the loop adds to the recipe (a factor, an offset); at `neutralInput` the recipe stands as asked.
 */
export interface RunToRunLoop<Recipe, WaferResult> {
  /** For instance "dose"; unique in its process. */
  readonly id: string;
  /** Steered field of the wire recipe, as people read it. */
  readonly parameter: string;
  /** Parameter of metrology that closes the loop. */
  readonly measuredBy: string;
  readonly outputUnit: string;
  readonly neutralInput: number;
  /** Settings of a new thread for the recipe as asked; null where the loop has nothing to steer. */
  settings(asked: Recipe): RunToRunSettings | null;
  /** The steered field when the input is put into the recipe as asked. */
  steered(asked: Recipe, input: number): number;
  /** The posted recipe with the input put in. */
  apply(wire: Readonly<Record<string, unknown>>, input: number): Record<string, unknown>;
  /** The loop's output by a measurement of a run of this recipe; linear in the measurement. */
  outputOf(asked: Recipe, measured: number): number;
  /** The loop's output as the run itself believes it, for one wafer; null where it cannot know. */
  estimate(asked: Recipe, result: WaferResult, input: number): number | null;
  /** Each reason in words. */
  readonly reasons: Readonly<Record<RunToRunAdvice['reason'], string>>;
}

/** A thread as a run that ends finds it: settings, earlier results, and the input that this run used. */
export interface ThreadHistory {
  readonly settings: RunToRunSettings;
  readonly startInput: number;
  readonly results: readonly ThreadResult[];
  readonly input: number;
}

/** What steered a run: the recipe as asked, and the threads by loop. A loop without one starts anew. */
export interface RunToRunHistory<Recipe> {
  readonly asked: Recipe;
  readonly threads: Readonly<Record<string, ThreadHistory>>;
}

/** What a run adds to a thread. */
export interface LoopResult {
  readonly loop: string;
  readonly input: number;
  readonly estimate: number | null;
}
