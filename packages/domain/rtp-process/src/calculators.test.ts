import { annealRequestSchema, annealSchema, tuneRequestSchema, tuneSchema } from '@spectra/schemas';
import { describe, expect, it } from 'vitest';
import { anneal, tuneController } from './index.ts';

const IMPLANT = { species: 'P', energy_kev: 40, dose_atoms_cm2: 1e15 };

describe('the anneal calculator', () => {
  it('keeps a capped dose, widens the profile with time, and fits its schema', () => {
    const at = (timeS: number) => annealed({ implant: IMPLANT, thermal: { temp_c: 1000, time_s: timeS } });
    expect(at(10).retained_dose_cm2 / 1e15).toBeCloseTo(1, 2);
    expect(at(60).junction_depth_um.at_1e17 ?? 0).toBeGreaterThan(at(10).junction_depth_um.at_1e17 ?? 1);
  });

  it('takes segments, an initial profile, or the record of a source run', () => {
    const profile = { depth_nm: [0, 50, 100, 200], concentration_cm3: [1e19, 2e19, 1e18, 1e14] };
    const thermal = { temp_c: 950, time_s: 5 };
    const given = annealed({ initial_profile: { species: 'B', ...profile }, thermal });
    const recorded = anneal(annealRequestSchema.parse({ source_run_id: 'ION-1', thermal }), {
      dopant: 'B',
      ...profile,
    });
    expect(recorded.ok && recorded.value.sheet_resistance_ohm_sq).toBe(given.sheet_resistance_ohm_sq);
    const spike = annealed({
      implant: IMPLANT,
      segments: [{ kind: 'spike', target_temp_c: 1050, duration_s: 8 }],
    });
    expect(spike.thermal_budget['peak_temp_c']).toBeCloseTo(1050, 0);
  });

  it.each([
    [{}, 'validation_failed'],
    [{ implant: IMPLANT }, 'validation_failed'],
    [{ source_run_id: 'ION-1', thermal: { temp_c: 900, time_s: 1 } }, 'source_run_unusable'],
    [
      {
        initial_profile: { species: 'B', depth_nm: [0, 2, 1], concentration_cm3: [1, 1, 1] },
        thermal: { temp_c: 900, time_s: 1 },
      },
      'validation_failed',
    ],
  ])('refuses %j as %s', (body, code) => {
    const result = anneal(annealRequestSchema.parse(body));
    expect(!result.ok && result.refusal.code).toBe(code);
  });
});

describe('the tuning advisor', () => {
  const RECIPE = { segments: [{ target_temp_c: 1000, duration_s: 30 }] };

  it.each(['minimize_overshoot', 'minimize_ramp_error', 'minimize_settling_time'])(
    'for %s finds robust gains that are no worse than the present ones',
    (target) => {
      const answer = tuned({ controller_type: 'pid', recipe: RECIPE, optimization_target: target });
      expect(answer.tuning_method).toBe('relay_feedback');
      expect(answer.robustness.maximum_sensitivity).toBeLessThanOrEqual(1.8);
      expect(answer.expected_performance.overshoot_pct).toBeLessThan(5);
      expect(answer.present?.['improvement_pct']).toBeGreaterThanOrEqual(0);
      expect(answer.alternatives.length).toBeGreaterThanOrEqual(5);
    },
  );

  it('identifies the chamber near its linear model: about 10 °C per per cent and some seconds', () => {
    const { identified_model: model } = tuned({ controller_type: 'pid', plant_id: 'RTP-01' });
    expect(model['gain_c_per_pct']).toBeGreaterThan(8);
    expect(model['gain_c_per_pct']).toBeLessThan(15);
    expect(model['time_constant_s']).toBeGreaterThan(2);
    expect(model['dead_time_s']).toBeLessThan(0.4);
  });

  it('fits recorded runs and refuses runs without telemetry', () => {
    const inputs = Array.from({ length: 300 }, (_, i) => (i < 50 ? 20 : 30));
    const outputs = inputs.map((_, i) => 900 + (i < 52 ? 0 : 100 * (1 - Math.exp(-(i - 52) / 50))));
    const request = tuneRequestSchema.parse({ controller_type: 'pid', run_ids: ['RTP-1'] });
    const fitted = tuneController(request, [{ dtS: 0.1, inputs, outputs }]);
    expect(fitted.ok && fitted.value.identified_model['time_constant_s']).toBeCloseTo(5, 0);
    const none = tuneController(request, []);
    expect(!none.ok && none.refusal.code).toBe('source_run_unusable');
  });

  it('tries weights of predictive control on the chamber', () => {
    const answer = tuned({ controller_type: 'mpc', recipe: RECIPE });
    expect(answer.parameters['Q']).toHaveLength(4);
    expect(answer.expected_performance.overshoot_pct).toBeLessThan(0.2);
    expect(answer.robustness.maximum_sensitivity).toBeNull();
  });

  it('wants exactly one source', () => {
    const result = tuneController(tuneRequestSchema.parse({ controller_type: 'pid' }));
    expect(!result.ok && result.refusal.code).toBe('validation_failed');
  });
});

function annealed(body: unknown) {
  const result = anneal(annealRequestSchema.parse(body));
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return annealSchema.parse(result.value);
}

function tuned(body: unknown) {
  const result = tuneController(tuneRequestSchema.parse(body));
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return tuneSchema.parse(result.value);
}
