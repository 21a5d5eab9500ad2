import { initialCusumState, stepCusum } from './cusum.ts';
import type { CusumState } from './cusum.ts';
import { judgeCorrection } from './vm-evidence.ts';

/** What is remembered of an active correction's predictions, once metrology has checked them; plain data. */
export type VmWatch = {
  readonly cusum: CusumState;
  /** The last checked wafers: errors of physics and of the correction, made before the wafer was known. */
  readonly recent: readonly { readonly physics: number; readonly corrected: number }[];
};

/** A checked prediction: what was measured, and what was said before. `sigma` is that of the prediction. */
export type CheckedWafer = {
  readonly measured: number;
  readonly physics: number;
  readonly corrected: number;
  readonly sigma: number;
};

/** After a check: go on, or back to shadow, and how many of the last wafers show the new state of the tool. */
export type VmWatchStep = {
  readonly watch: VmWatch;
  readonly verdict:
    | { readonly kind: 'good' }
    | { readonly kind: 'drift' | 'worse_than_physics'; readonly since: number; readonly detail: string };
};

const RECENT_MAX = 20;
/** Fewer checked predictions do not condemn a correction. */
const RECENT_JUDGED = 10;
/** Decision interval of the drift watch, in sigmas of the prediction. */
export const VM_DRIFT_DECISION = 5;
/** Finds a shift of one sigma of the prediction within about ten wafers, a false alarm in about 465. */
const DRIFT = { target: 0, sigma: 1, allowanceSigma: 0.5, decisionSigma: VM_DRIFT_DECISION } as const;

export const initialVmWatch: VmWatch = { cusum: initialCusumState(), recent: [] };

/**
 * Checks one prediction of an active correction against its wafer: a two-sided CUSUM over standardised residuals
 * z = (measured − corrected)/sigma (allowance 0.5, decision 5) finds a tool that changes, and the errors of the last
 * 20 wafers must not be larger than those of physics alone. Worked value: z = 2 on every wafer: sums 1.5, 3, 4.5, 6:
 * drift at the fourth, since four wafers.
 */
export function checkPrediction(watch: VmWatch, wafer: CheckedWafer): VmWatchStep {
  const z = (wafer.measured - wafer.corrected) / wafer.sigma;
  const { state: cusum, alarm } = stepCusum(DRIFT, watch.cusum, z);
  const errors = { physics: wafer.measured - wafer.physics, corrected: wafer.measured - wafer.corrected };
  const recent = [...watch.recent, errors].slice(-RECENT_MAX);
  const next = { cusum, recent };
  if (alarm !== 'none') {
    const since = alarm === 'high' ? cusum.upperRun : cusum.lowerRun;
    const sum = alarm === 'high' ? cusum.upper : cusum.lower;
    const detail = `the sum of residuals is ${sum.toFixed(1)} sigma (${alarm}), limit ${DRIFT.decisionSigma}`;
    return { watch: next, verdict: { kind: 'drift', since, detail } };
  }
  const evidence = judgeCorrection({
    physics: recent.map(({ physics }) => physics),
    corrected: recent.map(({ corrected }) => corrected),
  });
  if (recent.length < RECENT_JUDGED || evidence.tenable) return { watch: next, verdict: { kind: 'good' } };
  const detail = `root mean square error ${evidence.correctedRmse.toPrecision(3)} on ${recent.length} wafers, physics alone ${evidence.physicsRmse.toPrecision(3)}`;
  return { watch: next, verdict: { kind: 'worse_than_physics', since: recent.length, detail } };
}
