import { adviseRun, initialRunToRunState } from '@spectra/control';
import type { RunToRunSettings, RunToRunState } from '@spectra/control';
import type { FinishContext, OutcomeDraft } from '@spectra/run-engine';
import { z } from 'zod';
import type { IonTypes } from './types.ts';

/** One thread per recipe and tool: dose on the wafer against dose asked for, both relative to the recipe. */
const THREAD: RunToRunSettings = {
  weights: { lambda1: 0.3, lambda2: 0 },
  target: 1,
  modelGain: 1,
  gainRatioMax: 1.5,
  inputMin: 0.95,
  inputMax: 1.05,
  moveMax: 0.01,
  deadBand: 0.001,
  noiseSigma: 0.001,
  outlierSigma: 5,
};

const stateSchema = z.object({
  intercept: z.number(),
  drift: z.number(),
  input: z.number(),
  samples: z.number(),
  heldBack: z.number(),
});

const REASONS = {
  moved: 'EWMA of the dose on the wafer, from the dose map',
  within_dead_band: 'the dose map agrees with the setpoint: keep it',
  outlier_held_back: 'this run differs too much from the earlier ones: wait for another',
  move_limited: 'EWMA of the dose on the wafer; the move is limited to 1 %',
  input_limited: 'EWMA of the dose on the wafer; the setpoint is at its limit',
} as const;

/** Proposes the dose of the next run from the dose maps of this one and its predecessors. */
export function adviseDose(context: FinishContext<IonTypes>): Partial<OutcomeDraft> {
  const { recipe, results } = context;
  const earlier = stateSchema.safeParse(context.runToRun);
  let state: RunToRunState = earlier.success ? earlier.data : initialRunToRunState(THREAD, 1);
  const present = recipe.dosePerCm2;
  let reason: keyof typeof REASONS = 'within_dead_band';
  for (const result of results) {
    const advice = adviseRun(THREAD, state, { input: 1, measured: result.waferDosePerCm2 / present });
    state = advice.state;
    reason = advice.reason;
  }
  return {
    runToRun: state,
    advice: [
      {
        parameter: 'dose_atoms_cm2',
        present,
        proposed: Number((present * state.input).toPrecision(6)),
        reason: REASONS[reason],
      },
    ],
  };
}
