import { createMpc, initialMpcState, stepMpc } from '@spectra/control';
import type { Mpc, MpcState } from '@spectra/control';
import { linearise } from '@spectra/thermal-physics';
import { CHAMBER, chamberModel, operatingPoint } from './chamber.ts';
import type { ChamberConditions } from './chamber.ts';
import type { MpcWeights } from './types.ts';

/** Smooth lamps at no visible cost in tracking, found on the simulated chamber. */
export const DEFAULT_WEIGHTS: MpcWeights = { tracking: 1, power: 60, change: 120 };

export const MPC_HORIZON = 15;
const LAMP_SLEW_PER_S = 4;
/** Controllers are prepared at these temperatures; between them the nearest serves. */
const SCHEDULE_C = { first: 100, step: 100, last: 1200 } as const;

/** What a step of predictive control sees. */
export interface MpcZones {
  readonly conditions: ChamberConditions;
  /** Lamp fraction of each zone that makes the wafer follow a slope at a temperature. */
  readonly fractionAt: (at: { tempC: number; rampCPerS: number }) => number[];
  readonly weights: MpcWeights;
  readonly state: MpcState | null;
  readonly measuredC: readonly number[];
  /** Setpoint and slope of the coming steps, the next one first. */
  readonly ahead: readonly { tempC: number; rampCPerS: number }[];
  readonly dtS: number;
}

/**
 * Predictive control of all zones: the chamber linearised at the present temperature, filament light as unmeasured
 * states, lamp limits and slew as constraints, the losses at the present temperature as known drift.
 */
export function stepMpcZones(zones: MpcZones): { state: MpcState; powerPct: number[] } {
  const { measuredC, fractionAt, ahead } = zones;
  const now = measuredC.reduce((sum, value) => sum + value, 0) / measuredC.length;
  const mpc = scheduledMpc(zones, now);
  const steady = fractionAt({ tempC: now, rampCPerS: 0 });
  const feedForward = fractionAt(ahead[0] ?? { tempC: now, rampCPerS: 0 });
  const state =
    zones.state ??
    initialMpcState({
      states: [...measuredC, ...measuredC.map(() => 0)],
      inputs: measuredC.map(() => 0),
    });
  const step = stepMpc(mpc, state, {
    reference: ahead.map((at) => [...measuredC.map(() => at.tempC), ...measuredC.map(() => 0)]),
    measured: [...measuredC, ...measuredC.map(() => null)],
    inputReference: feedForward.map((value) => Math.min(1, Math.max(0, value))),
    drift: driftAt(mpc, [...measuredC.map(() => now), ...steady], steady),
  });
  return { state: step.state, powerPct: step.output.map((fraction) => 100 * fraction) };
}

/** Constant part of the plant around a steady point: x⁺ = A x + B u + (x₀ − A x₀ − B u₀). */
function driftAt(mpc: Mpc, states: readonly number[], inputs: readonly number[]): number[] {
  const { A, B } = mpc.settings;
  return states.map((value, row) => {
    let next = 0;
    A[row]?.forEach((entry, column) => {
      next += entry * (states[column] ?? 0);
    });
    B[row]?.forEach((entry, column) => {
      next += entry * (inputs[column] ?? 0);
    });
    return value - next;
  });
}

const prepared = new Map<string, Mpc>();
const PREPARED_MAX = 256;

/** Preparing takes milliseconds, so a controller is kept for the next step and the next run of the same kind. */
function scheduledMpc(zones: MpcZones, tempC: number): Mpc {
  const { first, step, last } = SCHEDULE_C;
  const nearest = Math.min(last, Math.max(first, Math.round(tempC / step) * step));
  const key = JSON.stringify([zones.conditions, zones.weights, zones.dtS, nearest]);
  const known = prepared.get(key);
  if (known) return known;
  const made = prepareMpc(zones, nearest);
  if (prepared.size >= PREPARED_MAX) prepared.clear();
  prepared.set(key, made);
  return made;
}

function prepareMpc(zones: MpcZones, tempC: number): Mpc {
  const { conditions, weights, dtS } = zones;
  const plant = linearise(chamberModel(conditions.waferDiameterMm), operatingPoint(conditions, tempC), dtS);
  const perZone = (value: number) => Array.from({ length: CHAMBER.zoneCount }, () => value);
  return createMpc({
    A: plant.A,
    B: plant.B,
    dtS,
    horizon: MPC_HORIZON,
    stateWeights: [...perZone(weights.tracking), ...perZone(0)],
    inputWeights: perZone(weights.power),
    inputRateWeights: perZone(weights.change),
    inputMin: perZone(0),
    inputMax: perZone(1),
    inputRatePerS: perZone(LAMP_SLEW_PER_S),
    overshootMargin: [...perZone(1), ...perZone(Infinity)],
    overshootWeight: 100,
    estimateGain: 0.5,
    disturbanceGain: 0.08,
  });
}
