import { simulateRun, startWafer, step, waferFeatures } from '@spectra/run-engine';
import type { SimulatorSettings } from '@spectra/schemas';
import { detectFault, learnDetection } from '@spectra/spc';
import { describe, expect, it } from 'vitest';
import { rtpProcess } from './rtp-process.ts';

const body = {
  segments: [
    { target_temp_c: 900, duration_s: 10, ramp_rate_c_s: 100 },
    { target_temp_c: 900, duration_s: 6 },
  ],
  controller_type: 'pid',
};

function anneal(seed: number, faults: SimulatorSettings['faults'] = []) {
  const parsed = rtpProcess.recipe.parse(body);
  if (!parsed.ok) throw new Error(parsed.refusal.detail);
  const { recipe } = parsed.value;
  const simulator = { noise_scale: 1, faults };
  const run = simulateRun(rtpProcess, { recipe, wafers: [{ wafer_id: 'W1', slot: 1 }], seed, simulator });
  const features = waferFeatures(rtpProcess.monitoring.features, run.telemetry, 0);
  if (features === null) throw new Error('a channel was blind');
  return { run, features };
}

describe('detection across the channels of an anneal', () => {
  it('names the weak zone that no limit of a single channel sees, and leaves good anneals alone', () => {
    const learnt = Array.from({ length: 26 }, (_, i) => anneal(100 + i).features);
    const model = learnDetection(learnt);
    const good = Array.from({ length: 5 }, (_, i) => detectFault(model, anneal(500 + i).features)?.faulty);
    expect(good).toEqual([false, false, false, false, false]);

    const { run, features } = anneal(900, [{ kind: 'lamp_zone_weak', at_s: 0, magnitude: 0.95 }]);
    expect(run.status).toBe('completed');
    expect(run.events.filter(({ kind }) => kind === 'alarm_raised' || kind === 'interlock_tripped')).toEqual(
      [],
    );
    expect(run.outcome.spc.filter(({ rule }) => rule !== null)).toEqual([]);
    const found = detectFault(model, features);
    expect(found?.faulty).toBe(true);
    expect(found?.contributions[0]?.feature).toBe('zone_3_lamp_power');
  }, 120_000);
});

describe('the chart of an anneal', () => {
  it('takes a point once a second of tool time while the wafer soaks, and none on a ramp', () => {
    const parsed = rtpProcess.recipe.parse(body);
    if (!parsed.ok) throw new Error(parsed.refusal.detail);
    const { recipe } = parsed.value;
    const { plant: model, samplingS: dtS } = rtpProcess;
    const simulator = { noise_scale: 1, faults: [] };
    let plant = model.loadWafer({ recipe, waferIndex: 0, seed: 1, simulator });
    let readings = model.read(plant);
    const start = { recipe, waferIndex: 0, readings, factors: {}, resumed: false, toolTimeS: 0 };
    let state = startWafer(rtpProcess, start);
    const at: number[] = [];
    while (state.phase === 'processing') {
      const before = state.control.errorChart.samples;
      const next = step(rtpProcess, state, readings, dtS);
      state = next.state;
      if (state.control.errorChart.samples > before) at.push(state.waferTimeS);
      ({ plant, readings } = model.advance(plant, next.setpoints, dtS));
    }
    // The ramp ends with the ninth second; the soak counts three seconds later and lasts until the end.
    expect(at[0]).toBeGreaterThan(10);
    expect(at.length).toBeGreaterThanOrEqual(3);
    at.slice(1).forEach((time, i) => expect(time - (at[i] ?? 0)).toBeCloseTo(1, 6));
  });
});

describe('families of anneals', () => {
  it('do not change when run-to-run control moves a target by some degrees', () => {
    const family = (target: number) => {
      const parsed = rtpProcess.recipe.parse({
        ...body,
        segments: body.segments.map((segment) => ({ ...segment, target_temp_c: target })),
      });
      return parsed.ok ? rtpProcess.monitoring.family(parsed.value.recipe) : 'refused';
    };
    expect(family(903)).toBe(family(900));
    expect(family(950)).not.toBe(family(900));
  });
});
