import type {
  Channel,
  JobType,
  MeasuredParameter,
  NamedNumbers,
  NumberRange,
  Result,
  RunAdvice,
  RunWarning,
  SimulatorSettings,
  UncertaintyAnswer,
  Wafer,
} from '@spectra/schemas';
import type { ComplianceRule } from './compliance/compliance-rule.ts';
import type { MonitoringRules } from './monitoring-rules.ts';
import type { LoopResult, RunToRunHistory, RunToRunLoop } from './run-to-run-loop.ts';
import type { VirtualMetrologyRules, WaferPrediction } from './virtual-metrology-rules.ts';

/**
 * The types that a process brings. All but `recipe` are plain JSON: they cross to the tool, are checkpointed,
 * or are compared bit for bit when a run is replayed.
 */
export interface ProcessTypes {
  recipe: unknown;
  plant: unknown;
  setpoints: unknown;
  readings: unknown;
  control: unknown;
  waferResult: unknown;
}

/**
 * Everything in which one process differs from another. The engine and the host run any definition and never ask
 * which one it is. All functions are pure: the same arguments give the same answer, and arguments are not changed.
 */
export interface ProcessDefinition<T extends ProcessTypes> {
  /** Name of the process in URLs, subjects and the equipment table; also its queue and service name. */
  readonly id: string;
  readonly title: string;
  readonly jobType: JobType;
  readonly equipmentType: string;
  /** Every one of these must be valid on the tool before a run may start. */
  readonly calibrationTypes: readonly string[];
  /** The process whose wafer record this one starts from, when the wafer has one. */
  readonly upstreamProcess: string | null;
  /** What an interruption after exposure allows: finish the remaining part, or wait for a person. */
  readonly interruptedWafer: 'resume' | 'hold';
  readonly defaultTimeScale: number;
  /** Tool time between two control steps. */
  readonly samplingS: number;
  readonly channels: readonly Channel[];
  readonly faultKinds: readonly { kind: string; meaning: string }[];
  readonly recipe: RecipeRules<T['recipe']>;
  readonly progress: ProgressPlan;
  readonly plant: PlantModel<T>;
  readonly controller: Controller<T>;
  readonly interlocks: readonly Interlock<T>[];
  /** Rules that a run of this process is judged by, beside those of every process. */
  readonly compliance: readonly ComplianceRule[];
  /** What can be measured of its wafers afterwards, with units and plausible limits. */
  readonly metrology: readonly MeasuredParameter[];
  /** What is watched over runs: charts, and channels together. */
  readonly monitoring: MonitoringRules<T['recipe']>;
  /** What is steered from run to run. */
  readonly runToRun: readonly RunToRunLoop<T['recipe'], T['waferResult']>[];
  readonly virtualMetrology: VirtualMetrologyRules<T['recipe']>;
  /** What happens after the last wafer, in order; each adds to the outcome. */
  readonly finish: readonly FinishStep<T>[];
}

export interface RecipeRules<Recipe> {
  /** Parses a posted recipe: the wire form with defaults filled (stored, hashed, echoed) and the domain form. */
  parse(body: unknown): Result<{ wire: Record<string, unknown>; recipe: Recipe }>;
  /** What the plant cannot do but the limits allow: accepted, and said before the run. */
  warnings(recipe: Recipe): RunWarning[];
  /** The limits of the product on these numbers; a SOP may only be tighter. */
  readonly limitRanges: Readonly<Record<string, NumberRange>>;
  /** The numbers that a SOP may bound, by wire name; a list's entry is its extreme. */
  limitValues(recipe: Recipe): Record<string, { lowest: number; highest: number }>;
  estimateToolTimeS(recipe: Recipe, waferCount: number): number;
}

/** Shares of the progress bar, 0–100 (the part after the wafers stands in `finish`). */
export interface ProgressPlan {
  readonly validated: number;
  readonly toolReady: number;
  readonly controllersReady: number;
  readonly processStart: number;
  readonly processEnd: number;
  /** For instance "Implanting wafer 5/25". */
  stepText(wafer: { index: number; count: number }): string;
}

/** The simulated tool and wafer. It runs in the tool simulator's process, never in the service that controls it. */
export interface PlantModel<T extends ProcessTypes> {
  /** A fresh wafer on the idle tool. `seed` already differs from wafer to wafer. */
  loadWafer(load: WaferLoad<T>): T['plant'];
  /** Moves the plant by `dtS` under constant setpoints; readings are those at the end of the interval. */
  advance(
    plant: T['plant'],
    setpoints: T['setpoints'],
    dtS: number,
  ): { plant: T['plant']; readings: T['readings'] };
  /** Sensor readings without moving. */
  read(plant: T['plant']): T['readings'];
  /** Setpoints of the safe state: no energy reaches the wafer. */
  safeSetpoints(): T['setpoints'];
  /** True while energy can reach the wafer; the tool's watchdog trips on it. */
  energised(plant: T['plant']): boolean;
  /** What the tool itself writes into its journal: its own integrated dose, its peak temperature. */
  journal(plant: T['plant']): Record<string, number>;
}

export interface WaferLoad<T extends ProcessTypes> {
  readonly recipe: T['recipe'];
  readonly waferIndex: number;
  readonly seed: number;
  readonly simulator: SimulatorSettings;
}

/** Calibration factors of the tool, by calibration type: reading × factor = true value. */
export type CalibrationFactors = Readonly<Record<string, number>>;

export interface Controller<T extends ProcessTypes> {
  /** First control state for a wafer. After an interruption `readings` tell how far the wafer already is. */
  start(start: {
    recipe: T['recipe'];
    waferIndex: number;
    readings: T['readings'];
    factors: CalibrationFactors;
    resumed: boolean;
  }): T['control'];
  step(control: T['control'], readings: T['readings'], dtS: number): ControlDecision<T>;
  /** The wafer's result once a step said `done`. */
  waferResult(control: T['control'], readings: T['readings']): T['waferResult'];
}

/** What a controller decides in one step. */
export interface ControlDecision<T extends ProcessTypes> {
  readonly control: T['control'];
  readonly setpoints: T['setpoints'];
  /** The wafer is finished and the tool is without energy. */
  readonly done: boolean;
  /** Part of the wafer that is done, 0–1, never falling. */
  readonly fraction: number;
  /** True from the first moment at which the wafer saw energy. */
  readonly exposed: boolean;
  /** One number per channel of the definition; `null` where a sensor is blind. */
  readonly frame: Readonly<Record<string, number | null>>;
  /** Conditions seen in this step; the engine turns them into raised and cleared alarms. */
  readonly conditions: readonly Condition[];
  /** A picture worth sending now. */
  readonly picture?: Picture;
}

/** Something a person should know while it lasts: drift, charts out of control, overshoot. */
export interface Condition {
  readonly id: string;
  readonly parameter: string;
  readonly message: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly value: number | null;
  readonly limit: number | null;
}

export interface Picture {
  readonly name: string;
  readonly unit: string;
  readonly xMm: readonly number[];
  readonly yMm?: readonly number[];
  readonly values: readonly (number | null)[] | readonly (readonly (number | null)[])[];
}

/** A condition that forces the safe state. */
export interface Interlock<T extends ProcessTypes> {
  readonly id: string;
  readonly parameter: string;
  /** How long the condition may last before it trips. */
  readonly toleratedS: number;
  /** The measured value and the limit it violates, or null while all is well. */
  violation(
    readings: T['readings'],
    control: T['control'],
  ): { value: number; limit: number; message: string } | null;
}

/** The whole telemetry of a run in columns. */
export interface RunTelemetry {
  readonly timeS: readonly number[];
  readonly waferIndex: readonly number[];
  readonly channels: Readonly<Record<string, readonly (number | null)[]>>;
}

/** What the steps after the last wafer can see. */
export interface FinishContext<T extends ProcessTypes> {
  readonly recipe: T['recipe'];
  readonly wafers: readonly Wafer[];
  readonly results: readonly T['waferResult'][];
  readonly telemetry: RunTelemetry;
  /** Per wafer: what the upstream process recorded for it, or null. */
  readonly upstream: readonly (Readonly<Record<string, unknown>> | null)[];
  /** Expanded uncertainty (k = 2) of the tool's calibrations in per cent, by type; null where the record tells none. */
  readonly calibrationUncertaintyPct: Readonly<Record<string, number | null>>;
  /** What steered this run, and the results of earlier ones; null where nothing did. */
  readonly runToRun: RunToRunHistory<T['recipe']> | null;
  /** What the earlier steps found. */
  readonly outcome: OutcomeDraft;
}

/** One step after the last wafer, for instance "Virtual metrology". */
export interface FinishStep<T extends ProcessTypes> {
  readonly text: string;
  /** Progress when the step is done. */
  readonly progress: number;
  /** Marks the step in which the host stores the artifacts. */
  readonly storesArtifacts?: true;
  compute?(context: FinishContext<T>): Partial<OutcomeDraft>;
}

/** A file that a process makes of its run; the host stores it. */
export interface ArtifactDraft {
  readonly kind: string;
  readonly name: string;
  readonly mediaType: string;
  readonly content: string;
}

/** What the finish steps add up to. */
export interface OutcomeDraft {
  readonly metrics: NamedNumbers;
  readonly virtualMetrology: NamedNumbers;
  /** Per wafer: what physics says, and what a correction may learn from. */
  readonly waferPredictions: readonly WaferPrediction[];
  readonly waferMetrics: readonly NamedNumbers[];
  readonly spc: readonly { chart: string; value: number; rule: string | null }[];
  readonly spcAlertsCount: number;
  readonly advice: readonly RunAdvice[];
  /** What this run adds to the run-to-run threads of its recipe and tool. */
  readonly runToRun: readonly LoopResult[];
  /** Per wafer: what the next process may start from. Plain JSON. */
  readonly waferRecords: readonly Readonly<Record<string, unknown>>[];
  readonly artifacts: readonly ArtifactDraft[];
  /** Uncertainty budgets by the name of what they are about. */
  readonly uncertainty: Readonly<Record<string, UncertaintyAnswer>>;
}
