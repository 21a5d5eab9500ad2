/** A chart that every run of a process adds a point per wafer to. */
export interface RunChart {
  readonly parameter: string;
  readonly title: string;
  readonly unit: string;
  /** What the process holds a wafer to, with or without statistics. */
  readonly low: number | null;
  readonly high: number | null;
}

/** A statistic of the telemetry of one wafer that detection across channels watches. */
export interface WatchedFeature {
  readonly id: string;
  readonly channel: string;
  readonly statistic: 'mean' | 'sigma';
  /** Only samples at which this channel is above the value count: the beam is on, the wafer is hot. */
  readonly while: { readonly channel: string; readonly above: number };
  /** What makes wafers of one family comparable: the value is divided by the mean of this channel. */
  readonly relativeTo?: string;
}

/** What is watched from run to run, as data. */
export interface MonitoringRules<Recipe> {
  /**
   * Recipes whose runs are points of one chart, in words: what differs between families shifts the channels, so this is
   * narrow (the very energy), where the family of a correction is wide (a bucket of energies): physics errs alike over
   * many recipes, and few of them are measured. Both go by the recipe as asked, so that steering changes neither.
   */
  family(asked: Recipe): string;
  readonly charts: readonly RunChart[];
  readonly features: readonly WatchedFeature[];
  readonly playbooks: readonly Playbook[];
}

/** What usually stands behind a signal, the likeliest first. */
export interface Playbook {
  /** Ids of the alarms that it answers: conditions, `interlock.*`, `chart.*`, `fdc.channels`. */
  readonly sources: readonly string[];
  readonly title: string;
  readonly causes: readonly {
    readonly cause: string;
    readonly checks: readonly string[];
    readonly actions: readonly string[];
  }[];
  readonly references: readonly string[];
}

/** One parameter of one wafer against its chart's engineering limits, as the outcome of a run tells it. */
export function chartPoint<Parameter extends string>(
  charts: readonly (RunChart & { readonly parameter: Parameter })[],
  parameter: Parameter,
  value: number,
): { chart: Parameter; value: number; rule: string | null } {
  const chart = charts.find((each) => each.parameter === parameter);
  const low = chart?.low ?? -Infinity;
  const high = chart?.high ?? Infinity;
  return { chart: parameter, value, rule: value < low || value > high ? 'beyond_limits' : null };
}
