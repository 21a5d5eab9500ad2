import { simulateRun, startWafer, step } from '@spectra/run-engine';
import type { RunState } from '@spectra/run-engine';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOSE_TOLERANCE_SHARE, ionProcess } from './index.ts';
import type { IonPlant, IonReadings, IonRecipe, IonTypes } from './index.ts';

const QUIET = { noise_scale: 0, faults: [] };
const NOMINAL = { noise_scale: 1, faults: [] };
const WAFERS = [{ wafer_id: 'W1', slot: 1 }];
const EXAMPLE = {
  species: 'P',
  energy_kev: 40.0,
  dose_atoms_cm2: 1e15,
  tilt_deg: 7.0,
  twist_deg: 0.0,
  beam_current_ma: 5.0,
  scan_speed_mm_s: 50.0,
  wafer_diameter_mm: 300,
};

const anyRecipe = fc.record({
  species: fc.constantFrom('B', 'P', 'As', 'BF2', 'In', 'Sb'),
  energy_kev: fc.double({ min: 1, max: 200, noNaN: true }),
  dose_atoms_cm2: fc.double({ min: 11, max: 16, noNaN: true }).map((power) => Math.min(1e16, 10 ** power)),
  tilt_deg: fc.double({ min: 0, max: 60, noNaN: true }),
  twist_deg: fc.double({ min: 0, max: 90, noNaN: true }),
  beam_current_ma: fc.double({ min: -1, max: 1.69, noNaN: true }).map((power) => Math.min(50, 10 ** power)),
  scan_speed_mm_s: fc.double({ min: 1, max: 100, noNaN: true }),
  wafer_diameter_mm: fc.constantFrom(150, 200, 300),
});

describe('an implant', () => {
  it('ends within half a per cent of its dose and never above, whatever the legal recipe and seed', () => {
    fc.assert(
      fc.property(anyRecipe, fc.nat(), (body, seed) => {
        const recipe = parsed(body);
        fc.pre(ionProcess.recipe.estimateToolTimeS(recipe, 1) < 120);
        const run = simulateRun(ionProcess, { recipe, wafers: WAFERS, seed, simulator: NOMINAL });
        expect(run.status).toBe('completed');
        const truth = (run.journals[0]?.['true_dose_atoms_cm2'] ?? 0) / recipe.dosePerCm2;
        expect(truth).toBeGreaterThan(1 - 0.005);
        expect(truth).toBeLessThan(1 + DOSE_TOLERANCE_SHARE);
        expect(Math.abs(run.results[0]?.doseErrorPct ?? 100)).toBeLessThan(0.5);
        expect(run.results[0]?.uniformityPct).toBeLessThan(0.5);
      }),
      { numRuns: 120 },
    );
  }, 120_000);

  it('makes the same frames, events and outcome from the same seed, and other frames from another', () => {
    const request = { recipe: parsed(EXAMPLE), wafers: WAFERS, simulator: NOMINAL };
    const first = simulateRun(ionProcess, { ...request, seed: 7 });
    const second = simulateRun(ionProcess, { ...request, seed: 7 });
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
    expect(simulateRun(ionProcess, { ...request, seed: 8 }).telemetry).not.toEqual(first.telemetry);
  });

  it('runs the published example over two wafers and tells dose, prediction, record and artifacts', () => {
    const wafers = [...WAFERS, { wafer_id: 'W2', slot: 2 }];
    const run = simulateRun(ionProcess, { recipe: parsed(EXAMPLE), wafers, seed: 1, simulator: NOMINAL });
    const { outcome } = run;
    expect(outcome.metrics['final_dose_atoms_cm2']).toBeCloseTo(1e15, -12.5);
    expect(outcome.virtualMetrology['sheet_resistance_ohm_sq']).toBeGreaterThan(50);
    expect(outcome.virtualMetrology['junction_depth_um']).toBeGreaterThan(0.2);
    expect(outcome.waferMetrics).toHaveLength(2);
    expect(outcome.waferRecords[1]).toMatchObject({ species: 'P', dopant: 'P', tilt_deg: 7 });
    const kinds = new Set(outcome.artifacts.map((artifact) => artifact.kind));
    expect([...kinds].sort()).toEqual([
      'chart',
      'dose_profile_2d',
      'performance_report',
      'spc_alerts',
      'vm_prediction',
    ]);
    expect(outcome.advice).toHaveLength(1);
  });

  it.each(['B', 'In', 'BF2'])(
    'of %s along the surface still completes, with what can be predicted',
    (species) => {
      const body = { ...EXAMPLE, species, tilt_deg: 90, dose_atoms_cm2: 1e11, energy_kev: 1 };
      const run = simulateRun(ionProcess, {
        recipe: parsed(body),
        wafers: WAFERS,
        seed: 1,
        simulator: NOMINAL,
      });
      expect(run.status).toBe('completed');
      expect(run.outcome.artifacts.length).toBeGreaterThan(5);
    },
  );

  it('takes about as long as estimated', () => {
    const recipe = parsed(EXAMPLE);
    const run = simulateRun(ionProcess, { recipe, wafers: WAFERS, seed: 1, simulator: NOMINAL });
    const tookS = run.telemetry.timeS.at(-1) ?? 0;
    expect(Math.abs(tookS / ionProcess.recipe.estimateToolTimeS(recipe, 1) - 1)).toBeLessThan(0.15);
  });

  it('speaks plain JSON everywhere: plant, setpoints, readings, control, frame', () => {
    const recipe = parsed(EXAMPLE);
    const { seen } = drive({ recipe, seed: 3, steps: 120 });
    for (const each of seen) expect(JSON.parse(JSON.stringify(each))).toEqual(each);
  });

  it('fills every channel of the definition and no other', () => {
    const run = simulateRun(ionProcess, {
      recipe: parsed(EXAMPLE),
      wafers: WAFERS,
      seed: 1,
      simulator: QUIET,
    });
    const ids = ionProcess.channels.map((channel) => channel.id);
    expect(Object.keys(run.telemetry.channels).sort()).toEqual([...ids].sort());
    for (const id of ids.filter((each) => each !== 'dose_uniformity_pct')) {
      expect(
        run.telemetry.channels[id]?.every((value) => Number.isFinite(value)),
        id,
      ).toBe(true);
    }
  });
});

describe('an interrupted implant', () => {
  it('resumes to its remaining dose from any step, evenly and within tolerance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 480 }),
        fc.integer({ min: 0, max: 80 }),
        fc.nat(),
        (at, pause, seed) => {
          const recipe = parsed(EXAMPLE);
          const broken = drive({ recipe, seed, steps: at });
          const safe = rest(broken.plant, pause);
          const before = safe.plant.trueDosePerCm2;
          const resumed = drive({ recipe, seed, from: safe });
          expect(resumed.state.phase).toBe('wafer_done');
          expect(resumed.plant.trueDosePerCm2).toBeGreaterThanOrEqual(before);
          const truth = resumed.plant.trueDosePerCm2 / recipe.dosePerCm2;
          expect(Math.abs(truth - 1)).toBeLessThan(DOSE_TOLERANCE_SHARE);
          const result = ionProcess.controller.waferResult(resumed.state.control, resumed.readings);
          expect(result.uniformityPct).toBeLessThan(0.5);
          expect(Math.abs(result.doseErrorPct)).toBeLessThan(0.5);
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it('may break off many times and still ends on its dose', () => {
    const recipe = parsed(EXAMPLE);
    let from: { plant: IonPlant; readings: IonReadings } | undefined;
    for (const steps of [60, 70, 110, 90, 65]) {
      const broken: { plant: IonPlant } = drive({ recipe, seed: 11, steps, ...(from ? { from } : {}) });
      from = rest(broken.plant, 3);
    }
    const last = drive({ recipe, seed: 11, ...(from ? { from } : {}) });
    expect(Math.abs(last.plant.trueDosePerCm2 / recipe.dosePerCm2 - 1)).toBeLessThan(DOSE_TOLERANCE_SHARE);
  });
});

describe('a fault', () => {
  it.each([
    ['pressure_burst', 'interlock.process_pressure'],
    ['magnet_mismatch', 'interlock.analyzer_field'],
    ['faraday_mismatch', 'interlock.faraday_mismatch'],
    ['tilt_error', 'interlock.wafer_angle'],
  ])('%s trips %s', (kind, alarm) => {
    const run = faulty(EXAMPLE, [{ kind, at_s: 10, duration_s: 20 }]);
    expect(run.status).toBe('tripped');
    expect(raised(run)).toContain(alarm);
  });

  it('cooling_loss under a strong beam warns first and then trips', () => {
    const run = faulty({ ...EXAMPLE, energy_kev: 200, beam_current_ma: 20 }, [
      { kind: 'cooling_loss', at_s: 8 },
    ]);
    expect(raised(run)).toEqual(expect.arrayContaining(['wafer_temperature', 'interlock.wafer_temperature']));
  });

  it('a long beam failure trips, a short one is waited for without leaving a stripe', () => {
    expect(raised(faulty(EXAMPLE, [{ kind: 'beam_glitch', at_s: 12, duration_s: 10 }]))).toContain(
      'interlock.beam_current',
    );
    const short = [10, 14.03, 17.55, 23, 31.7].map((at_s) => ({
      kind: 'beam_glitch',
      at_s,
      duration_s: 0.8,
    }));
    const run = faulty(EXAMPLE, short);
    expect(run.status).toBe('completed');
    expect(run.results[0]?.glitches).toBeGreaterThanOrEqual(5);
    expect(run.results[0]?.uniformityPct).toBeLessThan(0.2);
    expect(raised(run)).toContain('beam_glitch');
  });

  it('a controller that overlooks the failures would leave a stripe, and the limit above would tell', () => {
    const careless: typeof ionProcess = {
      ...ionProcess,
      controller: {
        ...ionProcess.controller,
        step: (control, readings, dtS) =>
          ionProcess.controller.step(control, { ...readings, cut: false }, dtS),
      },
    };
    const faults = [10, 14.03, 17.55, 23, 31.7].map((at_s) => ({
      kind: 'beam_glitch',
      at_s,
      duration_s: 0.8,
    }));
    const run = simulateRun(careless, {
      recipe: parsed(EXAMPLE),
      wafers: WAFERS,
      seed: 4,
      simulator: { noise_scale: 1, faults },
    });
    expect(run.results[0]?.uniformityPct ?? Infinity).toBeGreaterThan(0.4);
  });

  it('beam_drift is noticed within seconds, made up for, and not seen where there is none', () => {
    const run = faulty(EXAMPLE, [{ kind: 'beam_drift', at_s: 12, magnitude: -0.01 }]);
    const alarm = run.events.find(
      (event) => event.kind === 'alarm_raised' && event.alarm.id === 'beam_drift',
    );
    expect(alarm?.timeS).toBeLessThan(20);
    expect(run.status).toBe('completed');
    expect(Math.abs(run.results[0]?.doseErrorPct ?? 1)).toBeLessThan(0.1);
    expect(raised(faulty(EXAMPLE, []))).not.toContain('beam_drift');
  });

  it('scan_nonuniformity raises a uniformity warning', () => {
    expect(raised(faulty(EXAMPLE, [{ kind: 'scan_nonuniformity', at_s: 10, magnitude: 0.3 }]))).toContain(
      'dose_uniformity',
    );
  });

  it('of every kind that the definition names changes the run', () => {
    const without = JSON.stringify(faulty(EXAMPLE, []).telemetry);
    for (const { kind } of ionProcess.faultKinds) {
      expect(JSON.stringify(faulty(EXAMPLE, [{ kind, at_s: 10 }]).telemetry), kind).not.toBe(without);
    }
  });
});

describe('the tool itself', () => {
  it('stops at the recipe dose even when nobody stops it', () => {
    const recipe = parsed(EXAMPLE);
    let { plant } = drive({ recipe, seed: 5, steps: 60 });
    const scanning = { ...running(plant), stageSpeedMmPerS: 1, moveS: 0.1 };
    for (let i = 0; i < 1000; i += 1) {
      const stageSpeedMmPerS = i % 2 === 0 ? 50 : -50;
      plant = ionProcess.plant.advance(plant, { ...scanning, stageSpeedMmPerS }, 0.1).plant;
    }
    expect(plant.doseGateClosed).toBe(true);
    expect(plant.trueDosePerCm2 / recipe.dosePerCm2).toBeLessThan(1 + DOSE_TOLERANCE_SHARE);
  });

  it('gives no dose in its safe state and says that it is without energy', () => {
    const { plant } = drive({ recipe: parsed(EXAMPLE), seed: 5, steps: 100 });
    expect(ionProcess.plant.energised(plant)).toBe(true);
    const safe = rest(plant, 1);
    expect(ionProcess.plant.energised(safe.plant)).toBe(false);
    expect(safe.plant.trueDosePerCm2).toBe(plant.trueDosePerCm2);
    expect(rest(safe.plant, 50).plant.trueDosePerCm2).toBe(plant.trueDosePerCm2);
  });

  it('loses no ion: strips and what fell beyond the stroke add up to the beam', () => {
    for (const steps of [40, 133, 251, 400]) {
      const { plant } = drive({ recipe: parsed(EXAMPLE), seed: 9, steps });
      const inStrips = plant.map.map((row, strip) => mean(row) + (plant.passStrips[strip] ?? 0));
      expect((mean(inStrips) + plant.beyondStrokePerCm2) / plant.trueDosePerCm2).toBeCloseTo(1, 9);
    }
  });

  it('puts on the wafer what its integrator counts', () => {
    const run = simulateRun(ionProcess, {
      recipe: parsed(EXAMPLE),
      wafers: WAFERS,
      seed: 2,
      simulator: NOMINAL,
    });
    const [result] = run.results;
    expect((result?.waferDosePerCm2 ?? 0) / (result?.dosePerCm2 ?? 1)).toBeCloseTo(1, 3);
  });
});

function parsed(body: unknown): IonRecipe {
  const result = ionProcess.recipe.parse(body);
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value.recipe;
}

type Fault = { kind: string; at_s: number; duration_s?: number; magnitude?: number };

function faulty(body: unknown, faults: Fault[]) {
  return simulateRun(ionProcess, {
    recipe: parsed(body),
    wafers: WAFERS,
    seed: 4,
    simulator: { noise_scale: 1, faults },
  });
}

function raised(run: ReturnType<typeof faulty>): string[] {
  return run.events.flatMap((event) => (event.kind === 'alarm_raised' ? [event.alarm.id] : []));
}

/** Controls a wafer step by step, from the beginning or from a tool that was left alone. */
function drive(request: {
  recipe: IonRecipe;
  seed: number;
  steps?: number;
  from?: { plant: IonPlant; readings: IonReadings };
}) {
  const { recipe, seed, from } = request;
  let plant = from?.plant ?? ionProcess.plant.loadWafer({ recipe, waferIndex: 0, seed, simulator: NOMINAL });
  let readings = from?.readings ?? ionProcess.plant.read(plant);
  const start = { recipe, waferIndex: 0, readings, factors: {}, resumed: from !== undefined, toolTimeS: 0 };
  let state: RunState<IonTypes> = startWafer(ionProcess, start);
  const seen: unknown[] = [];
  for (let i = 0; i < (request.steps ?? 5000) && state.phase === 'processing'; i += 1) {
    const result = step(ionProcess, state, readings, ionProcess.samplingS);
    state = result.state;
    ({ plant, readings } = ionProcess.plant.advance(plant, result.setpoints, ionProcess.samplingS));
    if (i % 17 === 0) seen.push(plant, readings, result.setpoints, state.control, result.frame);
  }
  return { plant, readings, state, seen };
}

/** The tool alone in its safe state for some steps; the readings are those it gives when asked. */
function rest(plant: IonPlant, steps: number): { plant: IonPlant; readings: IonReadings } {
  let resting = plant;
  for (let i = 0; i < steps; i += 1) {
    resting = ionProcess.plant.advance(resting, ionProcess.plant.safeSetpoints(), 0.1).plant;
  }
  return { plant: resting, readings: ionProcess.plant.read(resting) };
}

function running(plant: IonPlant) {
  return {
    highVoltage: true,
    extractionVoltageKv: 40,
    sourceCurrentMa: 5,
    analyzerFieldT: plant.constants.passFieldT,
    beamOn: true,
    waveform: plant.waveform,
    cupFactor: 1,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
