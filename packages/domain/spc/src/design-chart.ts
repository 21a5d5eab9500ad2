import type { ChartConstants } from './chart-constants.ts';
import { chartConstants } from './chart-constants.ts';
import type { CusumDesign } from './cusum-run-length.ts';
import { cusumRunLength, cusumRunLengthOneSided, designCusumDecision } from './cusum-run-length.ts';
import type { EwmaDesign } from './ewma-run-length.ts';
import { designEwmaWidth, ewmaRunLength, ewmaRunLengthExactLimits } from './ewma-run-length.ts';
import { normalCumulative } from './normal-distribution.ts';

/** Mean samples until an alarm, with the mean on target and `shiftSigma` (of what is plotted) off it. */
export type RunLength = { readonly onTarget: number; readonly shifted: number };

/** Run lengths of one design, by how it is watched. */
export type RunLengths = {
  readonly shiftSigma: number;
  /** The chart as asked for. */
  readonly onTarget: number;
  readonly shifted: number;
  /** EWMA: with final limits from the start, and with exact ones, narrow at first. */
  readonly asymptoticLimits?: RunLength;
  readonly exactLimits?: RunLength;
  /** CUSUM: the upper sum alone; both sums from zero; both from half the decision interval (or as told). */
  readonly oneSided?: RunLength;
  readonly fromZero?: RunLength;
  readonly headStart?: RunLength & { readonly headStartSigma: number };
};

/** What is wanted of a chart: its free parameter, or the run length on target from which it is found. */
export type DesignRequest =
  | { readonly chart: 'shewhart'; readonly subgroupSize: number; readonly shiftSigma: number }
  | ({ readonly chart: 'ewma'; readonly shiftSigma: number } & EwmaWish)
  | ({ readonly chart: 'cusum'; readonly shiftSigma: number } & CusumWish);

type EwmaWish = {
  /** Found for the shift when left out. */
  readonly weight?: number;
  readonly widthSigma?: number;
  readonly runLengthOnTarget?: number;
  readonly limits: 'exact' | 'asymptotic';
};

type CusumWish = {
  /** Half the shift when left out. */
  readonly allowanceSigma?: number;
  readonly decisionSigma?: number;
  readonly runLengthOnTarget?: number;
  readonly headStartSigma: number;
};

/** A design with its run lengths; the factors only for a Shewhart chart. */
export type ChartDesign = {
  readonly chart: DesignRequest['chart'];
  readonly parameters: Readonly<Record<string, number>>;
  readonly runLengths: RunLengths;
  readonly constants: ({ readonly n: number } & ChartConstants) | null;
};

/** Run length on target of a three-sigma Shewhart chart; the usual wish. */
const USUAL_RUN_LENGTH = 370.4;

/**
 * Designs a chart, or tells what a given design does. A CUSUM for a shift δ takes k = δ/2, which is optimal
 * (Moustakides, Annals of Statistics 14 (1986) 1379); an EWMA takes the λ with the shortest run length at δ
 * among designs of the same run length on target (Crowder, J. Quality Technology 21 (1989) 155). Worked value:
 * CUSUM, δ = 1, wanted 465.44: k = 0.5, h = 5.
 */
export function designChart(request: DesignRequest): ChartDesign {
  switch (request.chart) {
    case 'shewhart':
      return shewhartDesign(request.subgroupSize, request.shiftSigma);
    case 'ewma': {
      const design = chosenEwma(request, request.shiftSigma);
      const { weight, widthSigma } = design;
      const runLengths = ewmaRunLengths({ ...design, limits: request.limits }, request.shiftSigma);
      return { chart: 'ewma', parameters: { weight, widthSigma }, runLengths, constants: null };
    }
    case 'cusum': {
      const { headStartSigma } = request;
      const { allowanceSigma, decisionSigma } = chosenCusum(request, request.shiftSigma);
      const parameters = { allowanceSigma, decisionSigma, headStartSigma };
      const runLengths = cusumRunLengths(parameters, request.shiftSigma);
      return { chart: 'cusum', parameters, runLengths, constants: null };
    }
  }
}

/** Run lengths of an EWMA chart with both kinds of limits. */
export function ewmaRunLengths(
  design: EwmaDesign & { readonly limits: 'exact' | 'asymptotic' },
  shiftSigma: number,
): RunLengths {
  const both = (runLength: typeof ewmaRunLength): RunLength => ({
    onTarget: runLength(design, 0),
    shifted: runLength(design, shiftSigma),
  });
  const asymptoticLimits = both(ewmaRunLength);
  const exactLimits = both(ewmaRunLengthExactLimits);
  const asked = design.limits === 'exact' ? exactLimits : asymptoticLimits;
  return { shiftSigma, ...asked, asymptoticLimits, exactLimits };
}

/** Run lengths of a CUSUM: one-sided, two-sided from zero, and with a head start (h/2 unless told). */
export function cusumRunLengths(
  design: Required<CusumDesign>,
  shiftSigma: number,
): RunLengths & { readonly oneSided: RunLength } {
  const both = (runLength: typeof cusumRunLength, headStartSigma: number): RunLength => ({
    onTarget: runLength({ ...design, headStartSigma }, 0),
    shifted: runLength({ ...design, headStartSigma }, shiftSigma),
  });
  const headStartSigma = design.headStartSigma > 0 ? design.headStartSigma : design.decisionSigma / 2;
  const fromZero = both(cusumRunLength, 0);
  const headStart = { headStartSigma, ...both(cusumRunLength, headStartSigma) };
  const { onTarget, shifted } = design.headStartSigma > 0 ? headStart : fromZero;
  const oneSided = both(cusumRunLengthOneSided, design.headStartSigma);
  return { shiftSigma, onTarget, shifted, oneSided, fromZero, headStart };
}

/** One point beyond ±3 σ: L = 1/(1 − Φ(3 − δ) + Φ(−3 − δ)). Worked value: 370.398 on target, 43.895 at one sigma. */
function shewhartDesign(subgroupSize: number, shiftSigma: number): ChartDesign {
  const runLength = (shift: number) => 1 / (1 - normalCumulative(3 - shift) + normalCumulative(-3 - shift));
  return {
    chart: 'shewhart',
    parameters: { subgroupSize, widthSigma: 3 },
    runLengths: { shiftSigma, onTarget: runLength(0), shifted: runLength(shiftSigma) },
    constants: { n: subgroupSize, ...chartConstants(subgroupSize) },
  };
}

function chosenEwma(wish: EwmaWish, shiftSigma: number): EwmaDesign {
  const wanted = wish.runLengthOnTarget ?? USUAL_RUN_LENGTH;
  const widthOf = (weight: number) => wish.widthSigma ?? designEwmaWidth(weight, wanted);
  if (wish.weight !== undefined) return { weight: wish.weight, widthSigma: widthOf(wish.weight) };
  if (!(shiftSigma > 0))
    throw new RangeError(`shiftSigma is ${shiftSigma}; to find a weight it must be above 0`);
  if (wish.widthSigma !== undefined) {
    throw new RangeError('weight is missing; widthSigma alone leaves the design open');
  }
  return bestEwma(wanted, shiftSigma);
}

/** Golden-section search of λ: the run length at the shift has one valley in λ. */
function bestEwma(wanted: number, shiftSigma: number): EwmaDesign {
  const design = (weight: number) => ({ weight, widthSigma: designEwmaWidth(weight, wanted) });
  const cost = (weight: number) => ewmaRunLength(design(weight), shiftSigma);
  const share = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [0.02, 1];
  let [left, right] = [high - share * (high - low), low + share * (high - low)];
  let [leftCost, rightCost] = [cost(left), cost(right)];
  while (high - low > 0.005) {
    if (leftCost < rightCost) {
      [high, right, rightCost] = [right, left, leftCost];
      left = high - share * (high - low);
      leftCost = cost(left);
    } else {
      [low, left, leftCost] = [left, right, rightCost];
      right = low + share * (high - low);
      rightCost = cost(right);
    }
  }
  return design((low + high) / 2);
}

function chosenCusum(wish: CusumWish, shiftSigma: number) {
  const allowanceSigma = wish.allowanceSigma ?? shiftSigma / 2;
  if (wish.allowanceSigma === undefined && !(shiftSigma > 0)) {
    throw new RangeError(`shiftSigma is ${shiftSigma}; to find an allowance it must be above 0`);
  }
  const decisionSigma =
    wish.decisionSigma ?? designCusumDecision(allowanceSigma, wish.runLengthOnTarget ?? USUAL_RUN_LENGTH);
  return { allowanceSigma, decisionSigma };
}
