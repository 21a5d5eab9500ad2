import { normalAt, simulateRun, uniformAt } from '@spectra/run-engine';
import { uncertaintySchema } from '@spectra/schemas';
import { describe, expect, it } from 'vitest';
import { doseBudget, implantBudgets } from './implant-budgets.ts';
import { ionProcess } from './index.ts';
import { TOOL } from './tool.ts';
import type { IonWaferResult } from './types.ts';

const recipe = {
  species: 'P',
  energyKeV: 40,
  dosePerCm2: 1e15,
  tiltDeg: 7,
  twistDeg: 0,
  beamCurrentMa: 5,
  scanSpeedMmPerS: 50,
  waferDiameterMm: 300,
} as const;

const certified = { beam_current_integrator: 0.4, vacuum_gauge: 10, analyzer_magnet_probe: 0.1 };

function run(calibrationUncertaintyPct: Readonly<Record<string, number | null>>) {
  return simulateRun(ionProcess, {
    recipe,
    wafers: [{ wafer_id: 'W1', slot: 1 }],
    seed: 5,
    calibrationUncertaintyPct,
  });
}

/** A wafer of 10¹⁵ at 2·10⁻⁶ Torr, and steady readings of 0.01 %. */
function steady(pct: Readonly<Record<string, number | null>>) {
  const readings = Array.from({ length: 400 }, (_, i) => 5 * (1 + 0.002 * (i % 2 === 0 ? 1 : -1)));
  return {
    recipe,
    results: [{ dosePerCm2: 1e15, meanPressureTorr: 2e-6 } as IonWaferResult],
    telemetry: {
      timeS: readings.map((_, i) => i / 10),
      waferIndex: readings.map(() => 0),
      channels: { beam_current_ma: readings, dose_rate: readings.map(() => 1e12) },
    },
    calibrationUncertaintyPct: pct,
  };
}

describe('the budget of a dose', () => {
  it('repeats the worked value', () => {
    const budget = doseBudget(steady({ beam_current_integrator: 0.4 }));
    expect(budget.relativeCombined).toBeCloseTo(0.002692, 6);
    expect(budget.relativeExpanded).toBeCloseTo(0.005384, 6);
  });

  it('grows with the certificate by just that', () => {
    const of = (pct: number) => doseBudget(steady({ beam_current_integrator: pct })).combined ** 2;
    expect(of(0.8) - of(0.4)).toBeCloseTo(1e30 * (0.004 ** 2 - 0.002 ** 2), -24);
  });

  it('agrees with the dose of many tools drawn at random (JCGM 101)', () => {
    const budget = doseBudget(steady({ beam_current_integrator: 0.4, vacuum_gauge: 40 }));
    const of = (name: string) => budget.components.find((each) => each.name.startsWith(name));
    const u = (name: string) => of(name)?.standardUncertainty ?? NaN;
    const exchange = TOOL.exchangePerTorr * 2e-6;
    const draws = Array.from({ length: 20_000 }, (_, i) => {
      const normal = (stream: number) => normalAt(11, stream, i);
      const limits = (stream: number) => Math.sqrt(3) * (2 * uniformAt(11, stream, i) - 1);
      const factor = 1 + u('Faraday') * normal(1) + u('current') * normal(2) + u('electron') * limits(3);
      const neutrals = exchange * (1 + u('pressure') * normal(4)) * (1 + u('charge') * limits(5));
      const tilt = ((recipe.tiltDeg + u('tilt') * limits(7)) * Math.PI) / 180;
      const aim = Math.cos(tilt) / Math.cos((recipe.tiltDeg * Math.PI) / 180);
      return (1e15 * factor * Math.exp(neutrals - exchange) * aim) / (1 + u('scanned') * limits(6));
    });
    const mean = draws.reduce((sum, dose) => sum + dose, 0) / draws.length;
    const spread = Math.sqrt(draws.reduce((sum, dose) => sum + (dose - mean) ** 2, 0) / draws.length);
    expect(spread / budget.combined).toBeGreaterThan(0.98);
    expect(spread / budget.combined).toBeLessThan(1.02);
    const within = draws.filter((dose) => Math.abs(dose - 1e15) <= budget.expanded).length / draws.length;
    expect(within).toBeGreaterThan(0.94);
    expect(within).toBeLessThan(0.98);
  });
});

describe('the outcome of an implant', () => {
  it('carries the budgets of dose, uniformity and range with the calibrations of its tool', () => {
    const { outcome, results } = run(certified);
    const budgets = Object.values(outcome.uncertainty).map((budget) => uncertaintySchema.parse(budget));
    expect(Object.keys(outcome.uncertainty)).toEqual([
      'final_dose_atoms_cm2',
      'dose_uniformity_pct',
      'projected_range_nm',
    ]);
    for (const budget of budgets) {
      const squares = budget.components.reduce((sum, { contribution }) => sum + contribution ** 2, 0);
      expect(budget.combined / Math.sqrt(squares)).toBeCloseTo(1, 12);
      expect(budget.expanded).toBe(2 * budget.combined);
    }
    const dose = outcome.uncertainty['final_dose_atoms_cm2'];
    expect(dose?.value).toBe(results[0]?.dosePerCm2);
    expect(dose?.components[0]).toMatchObject({ name: 'Faraday cup', standard_uncertainty: 0.002 });
    expect(dose?.components[1]?.source).toMatch(/scatter of \d+ readings of this run/);
    expect(dose?.relative_expanded).toBeLessThan(0.01);
    const energy = outcome.uncertainty['projected_range_nm']?.components.find((each) =>
      each.name.startsWith('beam energy'),
    );
    expect(energy).toMatchObject({ standard_uncertainty: 0.0005, source: expect.stringMatching(/0.1 %/) });
  });

  it('holds the dose that the tool itself counted', () => {
    const { outcome, journals } = run(certified);
    const { value = 0, expanded = 0 } = outcome.uncertainty['final_dose_atoms_cm2'] ?? {};
    const counted = journals[0]?.['true_dose_atoms_cm2'] ?? journals[0]?.['integrated_dose_atoms_cm2'] ?? 0;
    expect(Math.abs(counted - value)).toBeLessThan(expanded);
  });

  it('says which limits stand in where a record tells no uncertainty', () => {
    const budget = implantBudgets({ ...steady({}), results: run({}).results }).uncertainty;
    expect(budget?.['final_dose_atoms_cm2']?.components[0]?.source).toMatch(/tells none: limits of ±0.5 %/);
  });
});
