import { reachableRamp, steadyLampFraction } from '@spectra/thermal-physics';
import { chamberModel, operatingPoint } from './chamber.ts';
import type { ChamberConditions } from './chamber.ts';
import type { FeedForwardTable } from './types.ts';

const FIRST_C = 20;
const STEP_C = 20;
const LAST_C = 1300;

/**
 * Tabulates what lamp power a uniform wafer needs: what it loses at rest, and how fast it heats per unit of power,
 * the sum of the fastest heating (full power) and the fastest cooling (none).
 */
export function feedForwardTable(conditions: ChamberConditions): FeedForwardTable {
  const model = chamberModel(conditions.waferDiameterMm);
  const count = (LAST_C - FIRST_C) / STEP_C + 1;
  const points = Array.from({ length: count }, (_, i) => operatingPoint(conditions, FIRST_C + i * STEP_C));
  return {
    firstC: FIRST_C,
    stepC: STEP_C,
    steady: points.map((point) => steadyLampFraction(model, point)),
    rampPerFraction: points.map((point) => {
      const reach = reachableRamp(model, point);
      return reach.upCPerS + reach.downCPerS;
    }),
  };
}

/** Lamp fraction of each zone that makes a uniform wafer follow a slope at a temperature; may be outside 0–1. */
export function lampFraction(table: FeedForwardTable, at: { tempC: number; rampCPerS: number }): number[] {
  const place = (at.tempC - table.firstC) / table.stepC;
  const low = Math.min(Math.max(Math.floor(place), 0), table.steady.length - 2);
  const part = Math.min(Math.max(place - low, 0), 1);
  const blend = (from: number, to: number) => from + part * (to - from);
  const ramp = blend(table.rampPerFraction[low] ?? 1, table.rampPerFraction[low + 1] ?? 1);
  const [below, above] = [table.steady[low] ?? [], table.steady[low + 1] ?? []];
  return below.map((value, zone) => blend(value, above[zone] ?? value) + at.rampCPerS / ramp);
}
