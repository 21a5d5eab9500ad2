import { startWafer, step } from '@spectra/run-engine';
import { describe, expect, it } from 'vitest';
import { ionProcess } from './ion-process.ts';

const body = {
  species: 'P',
  energy_kev: 40,
  dose_atoms_cm2: 1e14,
  tilt_deg: 7,
  twist_deg: 0,
  beam_current_ma: 5,
  scan_speed_mm_s: 50,
  wafer_diameter_mm: 300,
};

function parsed(over: Partial<typeof body> = {}) {
  const result = ionProcess.recipe.parse({ ...body, ...over });
  if (!result.ok) throw new Error(result.refusal.detail);
  return result.value.recipe;
}

describe('the charts of an implant', () => {
  it('take a point once a second of tool time while the beam is on the wafer, and none before', () => {
    const recipe = parsed();
    const { plant: model, samplingS: dtS } = ionProcess;
    let plant = model.loadWafer({
      recipe,
      waferIndex: 0,
      seed: 1,
      simulator: { noise_scale: 1, faults: [] },
    });
    let readings = model.read(plant);
    const start = { recipe, waferIndex: 0, readings, factors: {}, resumed: false, toolTimeS: 0 };
    let state = startWafer(ionProcess, start);
    const at: number[] = [];
    let scanFrom = Infinity;
    while (state.phase === 'processing') {
      const before = state.control.currentChart.samples;
      const next = step(ionProcess, state, readings, dtS);
      state = next.state;
      if (state.control.phase === 'scan') scanFrom = Math.min(scanFrom, state.waferTimeS);
      if (state.control.currentChart.samples > before) at.push(state.waferTimeS);
      ({ plant, readings } = model.advance(plant, next.setpoints, dtS));
    }
    expect(at[0]).toBeGreaterThan(scanFrom + 0.9);
    expect(at.length).toBeGreaterThan(10);
    at.slice(1).forEach((time, i) => expect(time - (at[i] ?? 0)).toBeCloseTo(1, 6));
  });
});

describe('families of implants', () => {
  const family = (over: Partial<typeof body>) => ionProcess.monitoring.family(parsed(over));
  it('do not change when run-to-run control moves the dose a little, but with energy and species', () => {
    expect(family({ dose_atoms_cm2: 1.004e14 })).toBe(family({}));
    expect(family({ energy_kev: 41 })).not.toBe(family({}));
    expect(family({ species: 'As' })).not.toBe(family({}));
  });
});
