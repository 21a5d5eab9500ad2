import { simulateRun } from '@spectra/run-engine';
import type { ProcessDefinition } from '@spectra/run-engine';
import type { OptimizationTarget } from '@spectra/control';
import type { SimulatorSettings } from '@spectra/schemas';
import type { MpcWeights, RtpRecipe, RtpTypes } from './types.ts';

/** Weights of predictive control and what a run on the simulated chamber made of them. */
export interface TriedWeights {
  readonly weights: MpcWeights;
  readonly overshootC: number;
  readonly rampErrorC: number;
  readonly soakErrorC: number;
  /** After the setpoint came to rest, until the wafer stays within one °C; null if it never does. */
  readonly settlingS: number | null;
}

/** What weights are tried on; without simulator settings on a chamber without faults. */
export interface WeightTrial {
  readonly recipe: RtpRecipe;
  readonly target: OptimizationTarget;
  readonly simulator?: SimulatorSettings | undefined;
}

const QUIET: SimulatorSettings = { noise_scale: 1, faults: [] };
const CHANGE_WEIGHTS = [15, 30, 60, 120, 240, 480] as const;
const POWER_SHARE = 0.5;
const SETTLED_WITHIN_C = 1;
const SEED = 1;

/** Runs a recipe with each set of weights, quietly, and answers all results with the best for the target first. */
export function tryWeights(
  process: ProcessDefinition<RtpTypes>,
  { recipe, target, simulator = QUIET }: WeightTrial,
): TriedWeights[] {
  const figure = (tried: TriedWeights) => {
    if (target === 'minimize_ramp_error') return tried.rampErrorC;
    if (target === 'minimize_settling_time') return tried.settlingS ?? Infinity;
    return tried.overshootC;
  };
  return CHANGE_WEIGHTS.map((change) =>
    tryOnce(process, { recipe, simulator }, { tracking: 1, power: POWER_SHARE * change, change }),
  ).sort((a, b) => figure(a) - figure(b) || a.rampErrorC - b.rampErrorC);
}

function tryOnce(
  process: ProcessDefinition<RtpTypes>,
  { recipe, simulator }: { recipe: RtpRecipe; simulator: SimulatorSettings },
  weights: MpcWeights,
): TriedWeights {
  const run = simulateRun(
    { ...process, finish: [] },
    {
      recipe: { ...recipe, controller: 'mpc', weights },
      wafers: [{ wafer_id: 'trial', slot: 1 }],
      seed: SEED,
      simulator,
    },
  );
  const result = run.results[0];
  const reachedS = recipe.plan.segments.at(-1)?.reachedS ?? 0;
  return {
    weights,
    overshootC: result?.overshootC ?? Infinity,
    rampErrorC: result?.meanRampErrorC ?? Infinity,
    soakErrorC: result?.soakErrorC ?? 0,
    settlingS: result ? settlingS(run.telemetry, reachedS) : null,
  };
}

function settlingS(
  telemetry: { timeS: readonly number[]; channels: Readonly<Record<string, readonly (number | null)[]>> },
  reachedS: number,
): number | null {
  const errors = telemetry.channels['ramp_error_c'] ?? [];
  const last = errors.findLastIndex((error) => error !== null);
  const outside = errors.findLastIndex((error) => error !== null && Math.abs(error) > SETTLED_WITHIN_C);
  if (outside === last) return null;
  return Math.max(0, (telemetry.timeS[outside + 1] ?? 0) - reachedS);
}
