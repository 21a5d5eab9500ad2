import { accept } from '@spectra/schemas';
import { toleranceRule } from './compliance/ending-rules.ts';
import type { ProcessDefinition } from './process-definition.ts';

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
  finish: [
    {
      text: 'Measuring',
      progress: 90,
      compute: ({ results }) => ({
        metrics: { level_mm: results.at(-1)?.levelMm ?? null },
        waferMetrics: results.map(({ levelMm }) => ({ level_mm: levelMm })),
      }),
    },
    { text: 'Storing artifacts', progress: 95, storesArtifacts: true },
    {
      text: 'Done',
      progress: 100,
      compute: ({ outcome }) => ({ virtualMetrology: { twice: (outcome.metrics['level_mm'] ?? 0) * 2 } }),
    },
  ],
};
