import { requireInRange } from './require-in-range.ts';

/** Wafer temperature over time: samples in increasing time, linear in between; from a recipe or a sensor. */
export type TemperatureHistory = readonly { timeS: number; temperatureK: number }[];

/** Most samples a history may have: ten hours at 10 Hz. */
const HISTORY_SAMPLES_MAX = 360_000;

/** Throws a RangeError unless the history has two or more samples in increasing time within 200-1687 K. */
export function requireHistory(history: TemperatureHistory): void {
  requireInRange('history.length', history.length, 2, HISTORY_SAMPLES_MAX);
  let previousS = -Infinity;
  for (const sample of history) {
    requireInRange('history.timeS', sample.timeS, -1e9, 1e9);
    if (sample.timeS < previousS) {
      throw new RangeError(
        `history.timeS is ${sample.timeS} after ${previousS}; samples must be in increasing time`,
      );
    }
    requireInRange('history.temperatureK', sample.temperatureK, 200, 1687);
    previousS = sample.timeS;
  }
}

/** Highest temperature of a history in kelvin. */
export function peakTemperatureK(history: TemperatureHistory): number {
  return history.reduce((peak, sample) => Math.max(peak, sample.temperatureK), 0);
}
