import type { Condition, ProcessTypes } from './process-definition.ts';

/** A condition or an interlock that is raised now. */
export type ActiveAlarm = Condition;

/** Where a wafer's processing stands. Only `step` makes a new one. */
export interface RunState<T extends ProcessTypes> {
  /** `tripped` is final: an interlock forced the safe state and only a person goes on. */
  readonly phase: 'processing' | 'wafer_done' | 'tripped';
  readonly waferIndex: number;
  /** Tool time since this wafer's start, and since the first wafer's. */
  readonly waferTimeS: number;
  readonly toolTimeS: number;
  readonly control: T['control'];
  readonly fraction: number;
  readonly exposed: boolean;
  /** Seconds for which each interlock's condition has lasted without a break. */
  readonly violatedS: Readonly<Record<string, number>>;
  readonly alarms: Readonly<Record<string, ActiveAlarm>>;
}
