import type { RunTelemetry } from '@spectra/run-engine';
import type { TemperatureHistory } from '@spectra/thermal-physics';
import { ZERO_CELSIUS_K } from './chamber.ts';

/** A straight line may replace samples that lie this close to it. */
const STRAIGHT_WITHIN_K = 0.4;
const SPAN_SAMPLES_MAX = 100;
const TEMP_C = { min: 0, max: 1400 } as const;

/** Temperature history of one wafer as the run measured it, thinned where it is straight. */
export function measuredHistory(telemetry: RunTelemetry, waferIndex: number): TemperatureHistory {
  const column = telemetry.channels['measured_temp_c'] ?? [];
  const samples: { timeS: number; temperatureK: number }[] = [];
  telemetry.timeS.forEach((timeS, i) => {
    const tempC = column[i] ?? null;
    if (telemetry.waferIndex[i] !== waferIndex || tempC === null) return;
    const bounded = Math.min(TEMP_C.max, Math.max(TEMP_C.min, tempC));
    samples.push({ timeS, temperatureK: bounded + ZERO_CELSIUS_K });
  });
  return thinned(samples);
}

/** Greedy: from each kept sample, the longest straight line that all samples between lie close to. */
function thinned(samples: TemperatureHistory): TemperatureHistory {
  const first = samples[0];
  if (!first || samples.length < 3) return samples;
  const kept = [first];
  let from = 0;
  while (from < samples.length - 1) {
    let to = from + 1;
    while (
      to + 1 < samples.length &&
      to + 1 - from <= SPAN_SAMPLES_MAX &&
      isStraight(samples, from, to + 1)
    ) {
      to += 1;
    }
    const next = samples[to];
    if (next) kept.push(next);
    from = to;
  }
  return kept;
}

function isStraight(samples: TemperatureHistory, from: number, to: number): boolean {
  const start = samples[from];
  const end = samples[to];
  if (!start || !end) return false;
  for (let i = from + 1; i < to; i += 1) {
    const sample = samples[i];
    if (!sample) continue;
    const share = (sample.timeS - start.timeS) / (end.timeS - start.timeS);
    const line = start.temperatureK + share * (end.temperatureK - start.temperatureK);
    if (Math.abs(sample.temperatureK - line) > STRAIGHT_WITHIN_K) return false;
  }
  return true;
}
