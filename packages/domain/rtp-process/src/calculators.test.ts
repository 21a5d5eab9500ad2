import { simulateRun } from '@spectra/run-engine';
import { annealRequestSchema, annealSchema, tuneRequestSchema, tuneSchema } from '@spectra/schemas';
import { describe, expect, it } from 'vitest';
import { anneal, rtpProcess, tuneController } from './index.ts';
import { rtpRecipeRules } from './recipe.ts';

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
    const fitted = tuneController(request, { recordings: [{ dtS: 0.1, inputs, outputs }] });
    expect(fitted.ok && fitted.value.identified_model['time_constant_s']).toBeCloseTo(5, 0);
    const none = tuneController(request, { recordings: [] });
    expect(!none.ok && none.refusal.code).toBe('source_run_unusable');
  });

  it('tries weights of predictive control on the chamber', () => {
    const answer = tuned({ controller_type: 'mpc', recipe: RECIPE });
    expect(answer.parameters['Q']).toHaveLength(4);
    expect(answer.expected_performance.overshoot_pct).toBeLessThan(0.2);
    expect(answer.robustness.maximum_sensitivity).toBeNull();
  });

  it('swings a plant with a weak lamp zone less by the same relay', () => {
    const request = tuneRequestSchema.parse({ controller_type: 'pid', plant_id: 'RTP-01' });
    const faults = [{ kind: 'lamp_zone_weak', at_s: 0, magnitude: 0.5 }];
    const weak = tuneController(request, { simulator: { noise_scale: 1, faults } });
    if (!weak.ok) throw new Error(weak.refusal.detail);
    const { identified_model: whole } = tuned({ controller_type: 'pid', plant_id: 'RTP-01' });
    // An eighth of the light is gone.
    const { relay_swing_c: swingC = 0 } = weak.value.identified_model;
    expect(swingC / (whole['relay_swing_c'] ?? 0)).toBeGreaterThan(0.8);
    expect(swingC / (whole['relay_swing_c'] ?? 0)).toBeLessThan(0.95);
  });

  it('reads the chamber near the top of a run, where it works', () => {
    const process = { ...rtpProcess, finish: [] };
    const parsed = rtpRecipeRules.parse({
      segments: [{ target_temp_c: 1000, duration_s: 30, ramp_rate_c_s: 100 }],
    });
    if (!parsed.ok) throw new Error(parsed.refusal.detail);
    const { telemetry } = simulateRun(process, {
      recipe: parsed.value.recipe,
      wafers: [{ wafer_id: 'W1', slot: 1 }],
      seed: 3,
      simulator: { noise_scale: 1, faults: [] },
    });
    const series = (channel: string) => (telemetry.channels[channel] ?? []).map((value) => value ?? 0);
    const recording = { dtS: 0.1, inputs: series('lamp_power_pct'), outputs: series('measured_temp_c') };
    const request = tuneRequestSchema.parse({ controller_type: 'pid', run_ids: ['RTP-1'] });
    const fitted = tuneController(request, { recordings: [recording] });
    if (!fitted.ok) throw new Error(fitted.refusal.detail);
    const { identified_model: model } = fitted.value;
    const { identified_model: relay } = tuned({ controller_type: 'pid', plant_id: 'RTP-01' });
    expect(model['fit_pct']).toBeGreaterThan(95);
    expect((model['gain_c_per_pct'] ?? 0) / (relay['gain_c_per_pct'] ?? 1)).toBeCloseTo(1.1, 0);
    expect(model['dead_time_s']).toBeCloseTo(relay['dead_time_s'] ?? 0, 1);
  });

  it.each([0.05, 1, 5])('serves any model, dead time %s of its time constant', (share) => {
    for (const [gain, time] of [
      [1, 1],
      [0.1, 3],
      [20, 200],
    ] as const) {
      const model = { gain, time_constant_s: time, dead_time_s: share * time };
      for (const controller_type of ['pid', 'mpc']) {
        const answer = tuned({ controller_type, model });
        const told = JSON.stringify([controller_type, model, answer.expected_performance]);
        expect(answer.expected_performance.settling_time_s, told).not.toBeNull();
        expect(answer.expected_performance.overshoot_pct, told).toBeLessThan(4);
        expect(answer.robustness.maximum_sensitivity ?? 1.8, told).toBeLessThanOrEqual(1.8);
        expect(answer.present, told).not.toBeNull();
      }
    }
  });

  it('tells that a present tuning is not stable instead of inventing its sensitivity', () => {
    const answer = tuned({
      controller_type: 'pid',
      model: { gain: 100, time_constant_s: 1, dead_time_s: 1 },
    });
    expect(answer.present?.['maximum_sensitivity']).toBeNull();
  });

  it('names the field of a recipe that cools too fast', () => {
    const segments = [
      { target_temp_c: 1000, duration_s: 20 },
      { target_temp_c: 600, duration_s: 20, ramp_rate_c_s: 60 },
    ];
    const result = tuneController(tuneRequestSchema.parse({ controller_type: 'pid', recipe: { segments } }));
    expect(!result.ok && result.refusal.errors).toMatchObject([
      { path: 'recipe.segments.1.ramp_rate_c_s', value: 60, limit: { maximum: 50 } },
    ]);
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
