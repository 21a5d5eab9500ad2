import type { FinishContext, OutcomeDraft, ProcessDefinition, ProcessTypes } from './process-definition.ts';

/** The outcome before any finish step has looked. */
export const emptyOutcome: OutcomeDraft = {
  metrics: {},
  virtualMetrology: {},
  waferPredictions: [],
  waferMetrics: [],
  spc: [],
  spcAlertsCount: 0,
  advice: [],
  runToRun: [],
  waferRecords: [],
  artifacts: [],
  uncertainty: {},
};

/** One finish step done: what to show, and the outcome so far. */
export interface FinishedStep {
  readonly text: string;
  readonly progress: number;
  readonly storesArtifacts: boolean;
  readonly outcome: OutcomeDraft;
}

/**
 * Runs the steps after the last wafer one by one; the host reports progress between them and stores the artifacts
 * where a step says so. Later steps see what earlier ones found; artifacts add up, everything else is replaced.
 */
export function* finishRun<T extends ProcessTypes>(
  definition: ProcessDefinition<T>,
  context: Omit<FinishContext<T>, 'outcome'>,
): Generator<FinishedStep, OutcomeDraft> {
  let outcome = emptyOutcome;
  for (const finish of definition.finish) {
    const found = finish.compute?.({ ...context, outcome }) ?? {};
    outcome = { ...outcome, ...found, artifacts: [...outcome.artifacts, ...(found.artifacts ?? [])] };
    yield {
      text: finish.text,
      progress: finish.progress,
      storesArtifacts: finish.storesArtifacts === true,
      outcome,
    };
  }
  return outcome;
}
