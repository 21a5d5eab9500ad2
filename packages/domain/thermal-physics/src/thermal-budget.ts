import { DIFFUSION_TEMPERATURE_MIN_K, diffusionTermsAt } from './diffusivity.ts';
import type { DopantSpecies } from './dopant-species.ts';
import { peakTemperatureK, requireHistory, type TemperatureHistory } from './temperature-history.ts';

/** What a temperature history does to a dopant, as one number and as a time at the peak. */
export type ThermalBudget = { dtCm2: number; equivalentTimeAtPeakS: number; peakTemperatureK: number };

/**
 * Thermal budget of a temperature history for a dopant.
 *
 * Dt = integral of D_i(T(t)) dt;  t_eq = Dt / D_i(T_peak)
 *
 * D_i: intrinsic diffusivity (cm2/s, `diffusivityCm2PerS` at n = n_i); T(t): history, linear between samples;
 * below 500 degC D counts as zero. Each interval is cut so that the temperature changes at most 5 K per Simpson
 * panel. Source: definition, e.g. Plummer, Deal & Griffin, "Silicon VLSI Technology" (2000), sect. 7.2.
 * Range: as `TemperatureHistory`. Worked value: boron, 10 s at 1000 degC: Dt = 1.6033e-13 cm2, t_eq = 10 s.
 */
export function thermalBudget(history: TemperatureHistory, species: DopantSpecies): ThermalBudget {
  requireHistory(history);
  let dtCm2 = 0;
  for (let i = 1; i < history.length; i += 1) {
    const from = history[i - 1];
    const to = history[i];
    if (from === undefined || to === undefined || to.timeS === from.timeS) continue;
    dtCm2 += intervalDt(species, from.temperatureK, to.temperatureK, to.timeS - from.timeS);
  }
  const peakK = peakTemperatureK(history);
  const atPeak = intrinsicDiffusivity(species, peakK);
  return { dtCm2, equivalentTimeAtPeakS: atPeak > 0 ? dtCm2 / atPeak : 0, peakTemperatureK: peakK };
}

const PANEL_K = 5;

function intervalDt(species: DopantSpecies, fromK: number, toK: number, timeS: number): number {
  if (Math.max(fromK, toK) < DIFFUSION_TEMPERATURE_MIN_K) return 0;
  const panels = Math.max(1, Math.ceil(Math.abs(toK - fromK) / PANEL_K));
  const stepK = (toK - fromK) / panels;
  let sum = 0;
  for (let panel = 0; panel < panels; panel += 1) {
    const startK = fromK + panel * stepK;
    sum +=
      intrinsicDiffusivity(species, startK) +
      4 * intrinsicDiffusivity(species, startK + stepK / 2) +
      intrinsicDiffusivity(species, startK + stepK);
  }
  return (sum / 6) * (timeS / panels);
}

function intrinsicDiffusivity(species: DopantSpecies, temperatureK: number): number {
  if (temperatureK < DIFFUSION_TEMPERATURE_MIN_K) return 0;
  const [neutral, single, double] = diffusionTermsAt(species, temperatureK);
  return neutral + single + double;
}
