import { normalAt, simulateRun, uniformAt } from '@spectra/run-engine';
import { uncertaintySchema } from '@spectra/schemas';
import { pyrometerReading } from '@spectra/thermal-physics';
import { describe, expect, it } from 'vitest';
import { thermalBudgetBudget } from './anneal-uncertainty.ts';
import { rtpProcess } from './index.ts';
import { rtpRecipeRules } from './recipe.ts';
import { rampBudget, temperatureBudget } from './temperature-budget.ts';

const at = (tempC: number, more: Partial<Parameters<typeof temperatureBudget>[0]> = {}) =>
  temperatureBudget({
    quantity: 'temperature',
    tempC,
    emissivityCorrected: false,
    calibrationPct: { pyrometer: 0.2, thermocouple: 0.3 },
    ...more,
  });

describe('the budget of a temperature', () => {
  it('repeats the worked value', () => {
    expect(at(1000).combined).toBeCloseTo(1.324, 3);
    expect(at(1000).expanded).toBeCloseTo(2.648, 3);
  });

  it('rests on the thermocouples once the emissivity follows them', () => {
    const corrected = at(1000, { emissivityCorrected: true });
    expect(corrected.components.map(({ name }) => name)).toContain('thermocouple');
    expect(corrected.components.map(({ name }) => name)).not.toContain('pyrometer');
    expect(corrected.combined).toBeCloseTo(Math.hypot(1.5, 1.5 / Math.sqrt(3), 0.05), 9);
  });

  it('takes zones and readings with their degrees of freedom', () => {
    const readings = { value: 1000, standardUncertainty: 0.02, degreesOfFreedom: 150 };
    const budget = at(1000, { readings, zoneSpreadC: 12 });
    expect(budget.combined).toBeCloseTo(Math.hypot(1, 1.5 / Math.sqrt(3), 0.02, 2), 9);
    // The zones weigh most, and four of them tell little of their own scatter.
    expect(budget.effectiveDegreesOfFreedom).toBeLessThan(8);
  });

  it('agrees with pyrometers drawn at random, where the thermocouples do not bound the emissivity', () => {
    const trueK = 823.15;
    const budget = at(trueK - 273.15);
    const u = (name: string) =>
      budget.components.find((component) => component.name === name)?.standardUncertainty ?? NaN;
    const errors = Array.from({ length: 20_000 }, (_, i) => {
      const emissivity = 0.68 * (1 + 0.02 * (2 * uniformAt(3, 1, i) - 1));
      const read = pyrometerReading({
        trueTemperatureK: trueK,
        trueEmissivity: emissivity,
        assumedEmissivity: 0.68,
      });
      if (!read.ok) throw new Error('blind');
      const factor = 1 + u('pyrometer') * normalAt(3, 2, i);
      return (read.temperatureK - 273.15) * factor + u('pyrometer noise') * normalAt(3, 3, i);
    });
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const spread = Math.sqrt(errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / errors.length);
    expect(spread / budget.combined).toBeGreaterThan(0.98);
    expect(spread / budget.combined).toBeLessThan(1.02);
  });
});

describe('the budget of a ramp', () => {
  it('repeats the worked value', () => {
    const budget = rampBudget({
      fromC: 600,
      toC: 1000,
      rampCPerS: 100,
      calibrationPct: { pyrometer: 0.2 },
    });
    expect(budget.combined).toBeCloseTo(0.1919, 3);
  });
});

describe('the budget of a thermal budget', () => {
  it('repeats the worked value', () => {
    const temperatureK = 1273.15;
    const history = [
      { timeS: 0, temperatureK },
      { timeS: 10, temperatureK },
    ];
    const budget = thermalBudgetBudget(history, { species: 'B', temperature: at(1000) });
    expect(budget.value / 1.6033e-13).toBeCloseTo(1, 3);
    expect((budget.components[0]?.sensitivity ?? 0) / budget.value).toBeCloseTo(0.025, 3);
  });
});

describe('the outcome of an anneal', () => {
  it('carries the budgets of peak, soak and ramp, with the calibrations of its tool', () => {
    const parsed = rtpRecipeRules.parse({
      segments: [
        { target_temp_c: 1000, duration_s: 25, ramp_rate_c_s: 100 },
        { target_temp_c: 800, duration_s: 8 },
      ],
    });
    if (!parsed.ok) throw new Error(parsed.refusal.detail);
    const { outcome } = simulateRun(rtpProcess, {
      recipe: parsed.value.recipe,
      wafers: [
        { wafer_id: 'W1', slot: 1 },
        { wafer_id: 'W2', slot: 2 },
      ],
      seed: 2,
      calibrationUncertaintyPct: { pyrometer: 0.2, thermocouple: null },
    });
    const { peak_temp_c: peak, soak_mean_temp_c: soak, ramp_rate_c_s: ramp } = outcome.uncertainty;
    for (const budget of [peak, soak, ramp]) uncertaintySchema.parse(budget);
    expect(peak?.value).toBe(outcome.metrics['peak_temp_c']);
    expect(soak?.value).toBeCloseTo(1000, 0);
    expect(soak?.components.find(({ type }) => type === 'A')?.degrees_of_freedom).toBeGreaterThan(5);
    expect(ramp?.value).toBeGreaterThan(80);
    expect(ramp?.value).toBeLessThan(102);
    expect(peak?.components[0]).toMatchObject({ name: 'pyrometer', standard_uncertainty: 0.001 });
  });
});
