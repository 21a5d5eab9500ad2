import { simulateRun } from '@spectra/run-engine';
import type { SimulatedRun } from '@spectra/run-engine';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rtpProcess } from './index.ts';
import type { RtpRecipe, RtpTypes } from './index.ts';

const WAFERS = [{ wafer_id: 'W1', slot: 1 }];
const EXAMPLE = {
  segments: [
    { target_temp_c: 800, duration_s: 5, ramp_rate_c_s: 50 },
    { target_temp_c: 1000, duration_s: 10, ramp_rate_c_s: 40 },
    { target_temp_c: 1000, duration_s: 30 },
    { target_temp_c: 400, duration_s: 15, ramp_rate_c_s: 40 },
  ],
  initial_temp_c: 25.0,
  n2_flow_slm: 10.0,
  o2_flow_slm: 0.0,
  controller_type: 'pid',
  pid_kp: 5.0,
  pid_ki: 0.5,
  pid_kd: 1.0,
  ion_implant_context: { species: 'P', energy_kev: 40.0, dose_atoms_cm2: 1e15 },
};
const soak = (controller: string, more: object = {}) => ({
  segments: [{ target_temp_c: 1000, duration_s: 40, ramp_rate_c_s: 100 }],
  controller_type: controller,
  ...more,
});
const CONTROLLERS = ['pid', 'mpc'] as const;

describe('an anneal', () => {
  it.each(CONTROLLERS)('by %s meets the goals of a 1000 °C soak after 100 °C/s', (controller) => {
    const [result] = play(soak(controller)).results;
    expect(result?.overshootC).toBeLessThan(2);
    expect(Math.abs(result?.soakErrorC ?? 9)).toBeLessThan(0.5);
    expect(result?.zoneSpreadC).toBeLessThan(1.5);
    expect(result?.meanRampErrorC).toBeLessThan(2);
  });

  it.each(
    CONTROLLERS.flatMap((controller) =>
      [
        { kind: 'emissivity_shift', at_s: 0, magnitude: 0.2 },
        { kind: 'emissivity_shift', at_s: 0, magnitude: -0.2 },
        { kind: 'lamp_zone_weak', at_s: 0, magnitude: 0.8 },
        { kind: 'pyrometer_noise', at_s: 0, magnitude: 3 },
      ].map((fault) => ({ controller, fault })),
    ),
  )('by $controller survives $fault.kind without overshoot or limit cycle', ({ controller, fault }) => {
    const run = play(soak(controller), { faults: [fault] });
    expect(run.status).toBe('completed');
    expect(run.results[0]?.overshootC).toBeLessThan(5);
    const lamps = soakOf(run, 'lamp_power_pct').slice(-50);
    expect(Math.max(...lamps) - Math.min(...lamps)).toBeLessThan(6);
  });

  it.each(CONTROLLERS)(
    'by %s ends dark, inert and cool, whatever the legal recipe',
    (controller) => {
      const segment = fc.record({
        target_temp_c: fc.double({ min: 400, max: 1200, noNaN: true }),
        duration_s: fc.double({ min: 0.5, max: 12, noNaN: true }),
        ramp_rate_c_s: fc.option(fc.double({ min: 10, max: 50, noNaN: true }), { nil: undefined }),
      });
      const recipe = fc.record({
        segments: fc.array(segment, { minLength: 1, maxLength: 4 }),
        initial_temp_c: fc.double({ min: 20, max: 700, noNaN: true }),
        n2_flow_slm: fc.double({ min: 0, max: 20, noNaN: true }),
        o2_flow_slm: fc.double({ min: 0, max: 5, noNaN: true }),
        pressure_torr: fc.double({ min: 1, max: 800, noNaN: true }),
        emissivity: fc.double({ min: 0.3, max: 1, noNaN: true }),
      });
      fc.assert(
        fc.property(recipe, fc.nat(), (body, seed) => {
          const run = play({ ...body, controller_type: controller }, { seed });
          expect(run.status, JSON.stringify(run.events.slice(-1))).toBe('completed');
          expect(run.results[0]?.overshootC).toBeLessThan(8);
          expect(last(run, 'lamp_power_pct')).toBe(0);
          expect(last(run, 'measured_temp_c')).toBeLessThan(355);
          expect(last(run, 'o2_flow_slm')).toBeLessThan(0.1);
        }),
        { numRuns: controller === 'pid' ? 40 : 15 },
      );
    },
    60_000,
  );

  it('makes the same frames, events and outcome from the same seed', () => {
    for (const controller of CONTROLLERS) {
      const first = JSON.stringify(play(soak(controller)));
      expect(JSON.stringify(play(soak(controller)))).toBe(first);
      expect(JSON.stringify(play(soak(controller), { seed: 2 }))).not.toBe(first);
    }
  });

  it('runs the published example with its gains and predicts from the implant it names', () => {
    const run = play(EXAMPLE);
    const { outcome } = run;
    expect(outcome.metrics['max_overshoot_c']).toBeLessThan(2);
    expect(Math.abs(outcome.metrics['temp_error_c'] ?? 99)).toBeLessThan(5);
    expect(outcome.virtualMetrology['sheet_resistance_ohm_sq']).toBeGreaterThan(50);
    expect(outcome.virtualMetrology['sheet_resistance_ohm_sq']).toBeLessThan(120);
    expect(outcome.virtualMetrology['junction_depth_um']).toBeGreaterThan(0.25);
    expect(outcome.waferRecords[0]?.['profile_source']).toBe('implant_context');
    const names = outcome.artifacts.map((artifact) => artifact.name);
    expect(names).toEqual(
      expect.arrayContaining(['temperature_profile.svg', 'performance_report.md', 'dopant_profile_W1.svg']),
    );
    expect(outcome.advice[0]?.parameter).toBe('target_temp_c');
  });

  it('predicts from the wafer’s own implant when it has one, and knows nothing of dopant without any', () => {
    const record = { dopant: 'B', depth_nm: [0, 50, 100, 200], concentration_cm3: [1e19, 2e19, 1e18, 1e14] };
    const own = play(EXAMPLE, { upstream: [record] });
    expect(own.outcome.waferRecords[0]).toMatchObject({ profile_source: 'wafer_record', dopant: 'B' });
    const { ion_implant_context: _, ...bare } = EXAMPLE;
    const none = play(bare);
    expect(none.outcome.virtualMetrology['sheet_resistance_ohm_sq']).toBeNull();
    expect(none.outcome.virtualMetrology['oxide_thickness_nm']).toBe(1);
  });

  it('completes where the named implant left nearly nothing in the wafer', () => {
    const grazing = { species: 'B', energy_kev: 1, dose_atoms_cm2: 1e11, tilt_deg: 90 };
    expect(play(soak('pid', { ion_implant_context: grazing })).status).toBe('completed');
  });

  it('grows more oxide with oxygen', () => {
    const oxide = (o2: number) =>
      play(soak('pid', { o2_flow_slm: o2 })).outcome.virtualMetrology['oxide_thickness_nm'] ?? 0;
    expect(oxide(5)).toBeGreaterThan(oxide(1));
    expect(oxide(1)).toBeGreaterThan(1);
  });

  it('fills every channel of the definition with numbers or null, and speaks plain JSON', () => {
    const run = play(soak('mpc'));
    expect(Object.keys(run.telemetry.channels).sort()).toEqual(
      rtpProcess.channels.map((each) => each.id).sort(),
    );
    expect(JSON.parse(JSON.stringify(run))).toEqual(run);
  });
});

describe('a fault', () => {
  it.each([
    [{ kind: 'lamp_stuck', at_s: 12 }, 'interlock.lamp_stuck'],
    [{ kind: 'pyrometer_loss', at_s: 18 }, 'interlock.pyrometer_failure'],
    [{ kind: 'pyrometer_drift', at_s: 15, magnitude: -3 }, 'interlock.pyrometer_failure'],
    [{ kind: 'gas_loss', at_s: 15 }, 'interlock.gas_flow'],
    [{ kind: 'pressure_error', at_s: 15 }, 'interlock.chamber_pressure'],
  ])('%j trips %s and switches the lamps off', (fault, alarm) => {
    const run = play(soak('pid'), { faults: [fault] });
    expect(run.status).toBe('tripped');
    expect(raised(run)).toContain(alarm);
  });

  it('emissivity_shift is told and estimated', () => {
    const run = play(soak('pid'), { faults: [{ kind: 'emissivity_shift', at_s: 20, magnitude: -0.2 }] });
    expect(raised(run)).toContain('emissivity_shift');
    expect(run.results[0]?.emissivity).toBeLessThan(0.62);
    expect(run.results[0]?.emissivity).toBeGreaterThan(0.5);
  });

  it('of every kind that the definition names changes the run', () => {
    const without = JSON.stringify(play(soak('pid')).telemetry);
    for (const { kind } of rtpProcess.faultKinds) {
      const faults = [{ kind, at_s: 15 }];
      expect(JSON.stringify(play(soak('pid'), { faults }).telemetry), kind).not.toBe(without);
    }
  });
});

describe('the chamber itself', () => {
  it('is dark within a second of its safe state and says so', () => {
    const recipe = parsed(soak('pid'));
    const load = { recipe, waferIndex: 0, seed: 1, simulator: { noise_scale: 1, faults: [] } };
    let plant = rtpProcess.plant.loadWafer(load);
    const full = { ...rtpProcess.plant.safeSetpoints(), lampPowerPct: [80, 80, 80, 80] };
    for (let i = 0; i < 30; i += 1) plant = rtpProcess.plant.advance(plant, full, 0.1).plant;
    expect(rtpProcess.plant.energised(plant)).toBe(true);
    for (let i = 0; i < 10; i += 1) {
      plant = rtpProcess.plant.advance(plant, rtpProcess.plant.safeSetpoints(), 0.1).plant;
    }
    expect(rtpProcess.plant.energised(plant)).toBe(false);
  });
});

type Fault = { kind: string; at_s: number; duration_s?: number; magnitude?: number };
type Played = SimulatedRun<RtpTypes>;

function parsed(body: unknown): RtpRecipe {
  const result = rtpProcess.recipe.parse(body);
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value.recipe;
}

function play(
  body: unknown,
  more: { faults?: Fault[]; seed?: number; upstream?: (Record<string, unknown> | null)[] } = {},
): Played {
  return simulateRun(rtpProcess, {
    recipe: parsed(body),
    wafers: WAFERS,
    seed: more.seed ?? 1,
    simulator: { noise_scale: 1, faults: more.faults ?? [] },
    ...(more.upstream ? { upstream: more.upstream } : {}),
  });
}

function raised(run: Played): string[] {
  return run.events.flatMap((event) => (event.kind === 'alarm_raised' ? [event.alarm.id] : []));
}

function last(run: Played, channel: string): number {
  return run.telemetry.channels[channel]?.at(-1) ?? NaN;
}

/** A channel while the setpoint stands at its target. */
function soakOf(run: Played, channel: string): number[] {
  const setpoint = run.telemetry.channels['setpoint_temp_c'] ?? [];
  return (run.telemetry.channels[channel] ?? []).filter(
    (value, i): value is number => value !== null && setpoint[i] === 1000,
  );
}
