import {
  type ImplantInput,
  type Moments,
  type MonteCarloBatch,
  monteCarloPlan,
  runMonteCarloBatch,
  summarizeMonteCarlo,
} from '@spectra/ion-physics';
import { absoluteCheck, type CheckedRow, relativeCheck } from './check.ts';
import { rangeRows } from './range-reference.ts';

/** Ions a row of the report; the range reference has as many. */
export const REPORT_IONS = 20_000;
const SEED = 1;

/** What the report keeps of a Monte Carlo run. The first batch lets a test see that it is still what we compute. */
export type RecordedRun = {
  label: string;
  moments: Moments;
  standardErrors: Moments;
  firstBatch: FirstBatch;
};

/** Stopped ions of the first batch, their mean depth and its standard error. */
export type FirstBatch = { stopped: number; meanNm: number; standardErrorNm: number };

/** Runs a row with the number of ions given. */
export function monteCarloRun(label: string, input: ImplantInput, ions: number): RecordedRun {
  const plan = monteCarloPlan(input, { ions, seed: SEED });
  const batches = Array.from({ length: plan.batchCount }, (_, i) => runMonteCarloBatch(plan, i));
  const { moments, standardErrors } = summarizeMonteCarlo(plan, batches);
  return { label, moments, standardErrors, firstBatch: firstBatchOf(plan, batches[0]) };
}

/** Runs the first batch alone. */
export function firstBatch(input: ImplantInput): FirstBatch {
  const plan = monteCarloPlan(input, { ions: REPORT_IONS, seed: SEED });
  return firstBatchOf(plan, runMonteCarloBatch(plan, 0));
}

/**
 * Recorded runs against the range reference: ±2 % for R_p and ±3 % for ΔR_p, or two standard errors of our run
 * where these are larger.
 */
export function monteCarloRanges(runs: readonly RecordedRun[]): CheckedRow[] {
  return rangeRows().map(({ label, reference }) => {
    const run = runs.find((each) => each.label === label);
    if (run === undefined) throw new Error(`no Monte Carlo run is recorded for ${label}`);
    const { moments, standardErrors } = run;
    const relative = (quantity: string, name: 'projectedRangeNm' | 'straggleNm', pct: number) => {
      const value = moments[name];
      const tolerance = Math.max(pct, (200 * standardErrors[name]) / reference[name]);
      return relativeCheck({ quantity, reference: reference[name], value, tolerance });
    };
    return {
      label,
      checks: [
        relative('R_p (nm)', 'projectedRangeNm', 2),
        relative('ΔR_p (nm)', 'straggleNm', 3),
        absoluteCheck({
          quantity: 'backscattered share',
          reference: reference.backscatterFraction,
          value: moments.backscatterFraction,
          tolerance: 0.01,
        }),
      ],
    };
  });
}

function firstBatchOf(
  plan: { depthBinNm: number; options: { depthBins: number } },
  batch: MonteCarloBatch | undefined,
): FirstBatch {
  if (batch === undefined) throw new Error('a run has at least one batch');
  const { stopped, depth } = batch.sums;
  const lengthNm = plan.depthBinNm * plan.options.depthBins;
  const mean = depth[0] / stopped;
  const variance = depth[1] / stopped - mean * mean;
  return {
    stopped,
    meanNm: mean * lengthNm,
    standardErrorNm: Math.sqrt(variance / stopped) * lengthNm,
  };
}
