import type { ControlDecision, Picture, ProcessDefinition, ProcessTypes } from './process-definition.ts';
import { checkInterlocks } from './interlocks.ts';
import type { InterlockTrip } from './interlocks.ts';
import type { ActiveAlarm, RunState } from './run-state.ts';

/** Telemetry of one sampling instant. */
export interface Frame {
  readonly timeS: number;
  readonly waferIndex: number;
  readonly channels: Readonly<Record<string, number | null>>;
}

export type StepEvent =
  | { readonly kind: 'alarm_raised' | 'alarm_cleared'; readonly alarm: ActiveAlarm }
  | { readonly kind: 'interlock_tripped'; readonly trip: InterlockTrip }
  | { readonly kind: 'picture'; readonly picture: Picture };

export interface StepResult<T extends ProcessTypes> {
  readonly state: RunState<T>;
  /** What the tool shall do for the next `dtS`. */
  readonly setpoints: T['setpoints'];
  readonly events: readonly StepEvent[];
  readonly frame: Frame;
}

/** First state of a wafer. `toolTimeS` goes on from the wafer before. */
export function startWafer<T extends ProcessTypes>(
  definition: ProcessDefinition<T>,
  start: Parameters<ProcessDefinition<T>['controller']['start']>[0] & { toolTimeS: number },
): RunState<T> {
  return {
    phase: 'processing',
    waferIndex: start.waferIndex,
    waferTimeS: 0,
    toolTimeS: start.toolTimeS,
    control: definition.controller.start(start),
    fraction: 0,
    exposed: false,
    violatedS: {},
    alarms: {},
  };
}

/**
 * One control step of a run, and the only place where a run state changes: sees the readings, decides the setpoints
 * for the next `dtS`, and tells what happened. An interlock overrules every controller.
 */
export function step<T extends ProcessTypes>(
  definition: ProcessDefinition<T>,
  state: RunState<T>,
  readings: T['readings'],
  dtS: number,
): StepResult<T> {
  if (state.phase !== 'processing') throw new Error(`step called on a wafer that is ${state.phase}`);
  const decision = definition.controller.step(state.control, readings, dtS);
  const watch = checkInterlocks(definition.interlocks, state.violatedS, {
    readings,
    control: decision.control,
    dtS,
  });
  const alarms = alarmsOf(decision, watch.trip);
  const phase = watch.trip ? 'tripped' : decision.done ? 'wafer_done' : 'processing';
  return {
    state: {
      phase,
      waferIndex: state.waferIndex,
      waferTimeS: state.waferTimeS + dtS,
      toolTimeS: state.toolTimeS + dtS,
      control: decision.control,
      fraction: Math.max(state.fraction, Math.min(1, decision.fraction)),
      exposed: state.exposed || decision.exposed,
      violatedS: watch.violatedS,
      alarms,
    },
    setpoints: watch.trip ? definition.plant.safeSetpoints() : decision.setpoints,
    events: eventsOf(state.alarms, alarms, { trip: watch.trip, picture: decision.picture }),
    frame: { timeS: roundedTimeS(state.toolTimeS), waferIndex: state.waferIndex, channels: decision.frame },
  };
}

function alarmsOf<T extends ProcessTypes>(
  decision: ControlDecision<T>,
  trip: InterlockTrip | null,
): Record<string, ActiveAlarm> {
  const conditions = trip ? [...decision.conditions, interlockAlarm(trip)] : decision.conditions;
  return Object.fromEntries(conditions.map((condition) => [condition.id, condition]));
}

function interlockAlarm(trip: InterlockTrip): ActiveAlarm {
  const { id, parameter, message, value, limit } = trip;
  return {
    id: `interlock.${id}`,
    parameter,
    message: `Interlock: ${message}`,
    severity: 'critical',
    value,
    limit,
  };
}

function eventsOf(
  before: Readonly<Record<string, ActiveAlarm>>,
  now: Readonly<Record<string, ActiveAlarm>>,
  other: { trip: InterlockTrip | null; picture: Picture | undefined },
): StepEvent[] {
  const raised = Object.values(now).filter((alarm) => !(alarm.id in before));
  const cleared = Object.values(before).filter((alarm) => !(alarm.id in now));
  return [
    ...raised.map((alarm) => ({ kind: 'alarm_raised' as const, alarm })),
    ...cleared.map((alarm) => ({ kind: 'alarm_cleared' as const, alarm })),
    ...(other.trip ? [{ kind: 'interlock_tripped' as const, trip: other.trip }] : []),
    ...(other.picture ? [{ kind: 'picture' as const, picture: other.picture }] : []),
  ];
}

/** Sums of 0.1 s carry rounding dust (0.30000000000000004); telemetry shows microseconds at most. */
function roundedTimeS(timeS: number): number {
  return Math.round(timeS * 1e6) / 1e6;
}
