import { accept } from '@spectra/schemas';
import { toleranceRule } from './compliance/ending-rules.ts';
import { adviseNextRun } from './advise-next-run.ts';
import type { ProcessDefinition } from './process-definition.ts';
import type { RunToRunLoop } from './run-to-run-loop.ts';
import type { WaferPrediction } from './virtual-metrology-rules.ts';

/**
 * The smallest whole process, and one that no fab has: a tank is filled to a level. It shows what a new process fills
 * in, and the tests of engine, host and tool simulator run it, so that they depend on no real one.
 */
export interface TankTypes {
  recipe: { levelMm: number };
  plant: { levelMm: number; valve: number; leakMmPerS: number };
  setpoints: { valve: number };
  readings: { levelMm: number };
  control: { goalMm: number; sawMm: number };
  waferResult: { levelMm: number };
}

const inflowMmPerS = 10;

/** The level on the gauge against the level asked for: a factor on the recipe. */
const levelLoop: RunToRunLoop<TankTypes['recipe'], TankTypes['waferResult']> = {
  id: 'level',
  parameter: 'level_mm',
  measuredBy: 'level_mm',
  outputUnit: 'share of the level asked for',
  neutralInput: 1,
  settings: () => ({
    weights: { lambda1: 0.5, lambda2: 0 },
    target: 1,
    modelGain: 1,
    gainRatioMax: 1.5,
    inputMin: 0.8,
    inputMax: 1.2,
    moveMax: 0.05,
    deadBand: 0.001,
    noiseSigma: 0.005,
    outlierSigma: 5,
  }),
  steered: (asked, input) => asked.levelMm * input,
  apply: (wire, input) => ({ ...wire, level_mm: Number(wire['level_mm']) * input }),
  outputOf: (asked, measured) => measured / asked.levelMm,
  estimate: (asked, result) => result.levelMm / asked.levelMm,
  reasons: {
    moved: 'EWMA of the level',
    within_dead_band: 'the level is right',
    outlier_held_back: 'too far off to be believed at once',
    move_limited: 'EWMA of the level; the move is limited',
    input_limited: 'EWMA of the level; the factor is at its limit',
  },
};

function tankPrediction(askedMm: number, levelMm: number): WaferPrediction {
  return { physics: { level_mm: levelMm }, features: { asked_mm: askedMm } };
}

/** The tank as a process definition. */
export const tankProcess: ProcessDefinition<TankTypes> = {
  id: 'tank',
  title: 'Tank',
  jobType: 'simulation',
  equipmentType: 'tank',
  calibrationTypes: ['level'],
  upstreamProcess: null,
  interruptedWafer: 'resume',
  defaultTimeScale: 10,
  samplingS: 0.1,
  channels: [{ id: 'level_mm', name: 'Level', unit: 'mm', precision: 1, period_s: 0.1 }],
  faultKinds: [{ kind: 'leak', meaning: 'loses magnitude mm/s' }],
  recipe: {
    parse: (body) => {
      const wire = body as { level_mm: number };
      return accept({ wire: { ...wire }, recipe: { levelMm: wire.level_mm } });
    },
    warnings: () => [],
    limitRanges: { level_mm: { minimum: 1, maximum: 1000 } },
    limitValues: (recipe) => ({ level_mm: { lowest: recipe.levelMm, highest: recipe.levelMm } }),
    estimateToolTimeS: (recipe, count) => (recipe.levelMm / inflowMmPerS) * count,
  },
  progress: {
    validated: 5,
    toolReady: 10,
    controllersReady: 15,
    processStart: 20,
    processEnd: 80,
    stepText: ({ index, count }) => `Filling tank ${index + 1}/${count}`,
  },
  plant: {
    loadWafer: ({ simulator }) => ({
      levelMm: 0,
      valve: 0,
      leakMmPerS: simulator.faults.reduce((sum, fault) => sum + (fault.magnitude ?? 0), 0),
    }),
    advance: (plant, setpoints, dtS) => {
      const net = inflowMmPerS * setpoints.valve - plant.leakMmPerS;
      const levelMm = Math.max(0, plant.levelMm + net * dtS);
      return { plant: { ...plant, levelMm, valve: setpoints.valve }, readings: { levelMm } };
    },
    read: (plant) => ({ levelMm: plant.levelMm }),
    safeSetpoints: () => ({ valve: 0 }),
    energised: (plant) => plant.valve > 0,
    journal: (plant) => ({ level_mm: plant.levelMm }),
  },
  controller: {
    start: ({ recipe, readings }) => ({ goalMm: recipe.levelMm, sawMm: readings.levelMm }),
    step: (control, readings, dtS) => {
      const missingMm = control.goalMm - readings.levelMm;
      const done = missingMm <= 1e-9;
      return {
        control: { ...control, sawMm: readings.levelMm },
        setpoints: { valve: done ? 0 : Math.min(1, missingMm / (inflowMmPerS * dtS)) },
        done,
        fraction: readings.levelMm / control.goalMm,
        exposed: readings.levelMm > 0,
        frame: { level_mm: readings.levelMm },
        conditions:
          readings.levelMm > control.goalMm / 2 && !done
            ? [
                {
                  id: 'half',
                  parameter: 'level_mm',
                  message: 'half full',
                  severity: 'info',
                  value: 1,
                  limit: null,
                },
              ]
            : [],
      };
    },
    waferResult: (_control, readings) => ({ levelMm: readings.levelMm }),
  },
  interlocks: [
    {
      id: 'high_level',
      parameter: 'level_mm',
      toleratedS: 0.25,
      violation: ({ levelMm }) =>
        levelMm > 90 ? { value: levelMm, limit: 90, message: 'level too high' } : null,
    },
  ],
  compliance: [
    toleranceRule({
      id: 'level_tolerance',
      title: 'Level within tolerance',
      requirement: 'No tank is filled above 80 mm',
      weight: 'required',
      metric: 'level_mm',
      high: 80,
    }),
  ],
  metrology: [{ parameter: 'level_mm', title: 'Level by the gauge', unit: 'mm', minimum: 0, maximum: 100 }],
  monitoring: {
    family: ({ levelMm }) => `${levelMm} mm`,
    charts: [{ parameter: 'level_mm', title: 'Level', unit: 'mm', low: 0, high: 80 }],
    features: [
      { id: 'level', channel: 'level_mm', statistic: 'mean', while: { channel: 'level_mm', above: 0 } },
    ],
    playbooks: [
      {
        sources: ['chart.level_mm'],
        title: 'The level is off',
        causes: [{ cause: 'The valve leaks', checks: ['Close it and wait'], actions: ['Change the seat'] }],
        references: ['the maker’s manual'],
      },
    ],
  },
  runToRun: [levelLoop],
  virtualMetrology: {
    predicts: ['level_mm'],
    features: ['asked_mm'],
    family: (asked) => (asked.levelMm < 50 ? 'shallow' : 'deep'),
    planned: (recipe) => tankPrediction(recipe.levelMm, recipe.levelMm),
  },
  finish: [
    {
      text: 'Measuring',
      progress: 90,
      compute: ({ recipe, results }) => ({
        metrics: { level_mm: results.at(-1)?.levelMm ?? null },
        waferMetrics: results.map(({ levelMm }) => ({ level_mm: levelMm })),
        waferPredictions: results.map(({ levelMm }) => tankPrediction(recipe.levelMm, levelMm)),
      }),
    },
    { text: 'Advising the next run', progress: 92, compute: adviseNextRun<TankTypes>([levelLoop]) },
    { text: 'Storing artifacts', progress: 95, storesArtifacts: true },
    {
      text: 'Done',
      progress: 100,
      compute: ({ outcome }) => ({ virtualMetrology: { twice: (outcome.metrics['level_mm'] ?? 0) * 2 } }),
    },
  ],
};
