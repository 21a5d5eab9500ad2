import { reachableRamp, steadyLampFraction } from '@spectra/thermal-physics';
import { CHAMBER, chamberModel, operatingPoint } from './chamber.ts';
import type { ChamberConditions } from './chamber.ts';
import type { FeedForward, FeedForwardTable } from './types.ts';

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

/** The tables reach this far on either side of the emissivity that was told. */
const EMISSIVITY_REACH = 0.25;

/** Prepares the feed-forward for whatever emissivity the sensors will find. */
export function feedForwardOf(conditions: ChamberConditions): FeedForward {
  const { emissivity: told } = conditions;
  const emissivities = [
    Math.max(CHAMBER.emissivityMin, (1 - EMISSIVITY_REACH) * told),
    Math.max(CHAMBER.emissivityMin, told),
    Math.min(1, (1 + EMISSIVITY_REACH) * told),
  ];
  return {
    emissivities,
    tables: emissivities.map((emissivity) => feedForwardTable({ ...conditions, emissivity })),
  };
}

/** Lamp fraction of each zone for a wafer of an emissivity; beyond the tables that of their end. */
export function followingFraction(
  { emissivities, tables }: FeedForward,
  emissivity: number,
  at: { tempC: number; rampCPerS: number },
): number[] {
  const above = emissivity > (emissivities[1] ?? 1) ? 2 : 1;
  const [low, high] = [emissivities[above - 1] ?? emissivity, emissivities[above] ?? emissivity];
  const part = high > low ? Math.min(1, Math.max(0, (emissivity - low) / (high - low))) : 1;
  const [from, to] = [tables[above - 1], tables[above]];
  if (from === undefined || to === undefined) throw new Error('the feed-forward has too few tables');
  if (part === 1) return lampFraction(to, at);
  const upper = lampFraction(to, at);
  return lampFraction(from, at).map((value, zone) => value + part * ((upper[zone] ?? value) - value));
}
