import { adviseRun, initialRunToRunState } from '@spectra/control';
import type { RunToRunSettings, RunToRunState } from '@spectra/control';
import type { FinishContext, OutcomeDraft } from '@spectra/run-engine';
import { z } from 'zod';
import type { RtpTypes } from './types.ts';

/** One thread per recipe and tool: mean soak temperature against its target, steered by an offset of the target. */
const THREAD: RunToRunSettings = {
  weights: { lambda1: 0.3, lambda2: 0 },
  target: 0,
  modelGain: 1,
  gainRatioMax: 1.5,
  inputMin: -15,
  inputMax: 15,
  moveMax: 3,
  deadBand: 0.3,
  noiseSigma: 0.3,
  outlierSigma: 6,
};

const stateSchema = z.object({
  intercept: z.number(),
  drift: z.number(),
  input: z.number(),
  samples: z.number(),
  heldBack: z.number(),
});

const REASONS = {
  moved: 'EWMA of the soak error',
  within_dead_band: 'the soak temperature agrees with its target: keep it',
  outlier_held_back: 'this run differs too much from the earlier ones: wait for another',
  move_limited: 'EWMA of the soak error; the move is limited to 3 °C',
  input_limited: 'EWMA of the soak error; the offset is at its limit',
} as const;

/** Proposes the soak temperature of the next run from the soak errors of this one and its predecessors. */
export function adviseTemperature(context: FinishContext<RtpTypes>): Partial<OutcomeDraft> {
  const earlier = stateSchema.safeParse(context.runToRun);
  let state: RunToRunState = earlier.success ? earlier.data : initialRunToRunState(THREAD, 0);
  let reason: keyof typeof REASONS | null = null;
  for (const result of context.results) {
    if (result.soakErrorC === null) continue;
    const advice = adviseRun(THREAD, state, { input: 0, measured: result.soakErrorC });
    state = advice.state;
    reason = advice.reason;
  }
  if (reason === null) return { runToRun: context.runToRun, advice: [] };
  const present = Math.max(...context.recipe.segments.map((segment) => segment.targetC));
  return {
    runToRun: state,
    advice: [
      {
        parameter: 'target_temp_c',
        present,
        proposed: Number((present + state.input).toFixed(2)),
        reason: REASONS[reason],
      },
    ],
  };
}
