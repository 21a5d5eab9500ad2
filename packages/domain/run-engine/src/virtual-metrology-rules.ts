import type { NamedNumbers } from '@spectra/schemas';

/** What physics says of one wafer, and what a correction may learn from. */
export interface WaferPrediction {
  /** By parameter of metrology; `null` says "not determined". */
  readonly physics: NamedNumbers;
  /** Every feature of the rules, as a finite number. */
  readonly features: Readonly<Record<string, number>>;
}

/** What virtual metrology of a process knows: physics first, then what a correction is learnt on. */
export interface VirtualMetrologyRules<Recipe> {
  /** Parameters of metrology that physics predicts. */
  readonly predicts: readonly string[];
  readonly features: readonly string[];
  /**
   * Recipes that one correction may serve: the same physics, errors of the same kind; wider than the family of a chart
   * (`MonitoringRules`). By the recipe as asked, so that steering does not move a run into another family; `upstream` is
   * the wafer's record of the process before.
   */
  family(asked: Recipe, upstream: Readonly<Record<string, unknown>> | null): string;
  /** Prediction before a run, as planned. */
  planned(recipe: Recipe, upstream: Readonly<Record<string, unknown>> | null): WaferPrediction;
}
