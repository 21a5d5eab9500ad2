import type { UncertaintyAnswer } from '@spectra/schemas';
import { thermalBudget } from '@spectra/thermal-physics';
import type { DopantSpecies, TemperatureHistory } from '@spectra/thermal-physics';
import { budgetAnswer, uncertaintyBudget } from '@spectra/uncertainty';
import type { UncertaintyBudget } from '@spectra/uncertainty';
import { ZERO_CELSIUS_K } from './chamber.ts';
import { rampBudget, temperatureBudget } from './temperature-budget.ts';

/** Step of the central differences, K. */
const STEP_K = 1;
/** Slower than this is no ramp. */
const RAMP_C_PER_S_MIN = 1;

/**
 * How well an anneal would be known that a chamber with well-kept sensors made: its hottest temperature, its fastest
 * heating, and what the error of the temperature makes of the thermal budget ∫D dt.
 */
export function annealUncertainty(
  history: TemperatureHistory,
  species: DopantSpecies,
): Record<string, UncertaintyAnswer> {
  const peakC = Math.max(...history.map(({ temperatureK }) => temperatureK)) - ZERO_CELSIUS_K;
  const temperature = temperatureBudget({
    quantity: 'hottest temperature',
    tempC: peakC,
    emissivityCorrected: false,
    calibrationPct: {},
  });
  const ramp = fastestHeating(history);
  return {
    peak_temp_c: budgetAnswer(temperature),
    ...(ramp === null ? {} : { ramp_rate_c_s: budgetAnswer(rampBudget({ ...ramp, calibrationPct: {} })) }),
    thermal_budget_dt_cm2: budgetAnswer(thermalBudgetBudget(history, { species, temperature })),
  };
}

/**
 * Thermal budget B = ∫D(T) dt under an error of the whole temperature history: ∂B/∂T by central differences of ±1 K.
 * Worked value: boron for 10 s at 1000 °C: B = 1.603·10⁻¹³ cm², ∂B/∂T = 2.5 % of it per K.
 */
export function thermalBudgetBudget(
  history: TemperatureHistory,
  of: { species: DopantSpecies; temperature: UncertaintyBudget },
): UncertaintyBudget {
  const at = (shiftK: number) =>
    thermalBudget(
      history.map(({ timeS, temperatureK }) => ({ timeS, temperatureK: temperatureK + shiftK })),
      of.species,
    ).dtCm2;
  return uncertaintyBudget({ quantity: 'thermal budget ∫D dt', unit: 'cm²', value: at(0) }, [
    {
      name: 'temperature',
      type: 'B',
      distribution: 'normal',
      standardUncertainty: of.temperature.combined,
      unit: '°C',
      sensitivity: (at(STEP_K) - at(-STEP_K)) / (2 * STEP_K),
      degreesOfFreedom: of.temperature.effectiveDegreesOfFreedom,
      source: 'budget of the hottest temperature',
    },
  ]);
}

function fastestHeating(
  history: TemperatureHistory,
): { fromC: number; toC: number; rampCPerS: number } | null {
  let fastest: { fromC: number; toC: number; rampCPerS: number } | null = null;
  for (let i = 1; i < history.length; i += 1) {
    const [from, to] = [history[i - 1], history[i]];
    if (!from || !to || !(to.timeS > from.timeS)) continue;
    const rampCPerS = (to.temperatureK - from.temperatureK) / (to.timeS - from.timeS);
    if (rampCPerS <= Math.max(RAMP_C_PER_S_MIN, fastest?.rampCPerS ?? 0)) continue;
    fastest = {
      fromC: from.temperatureK - ZERO_CELSIUS_K,
      toC: to.temperatureK - ZERO_CELSIUS_K,
      rampCPerS,
    };
  }
  return fastest;
}
