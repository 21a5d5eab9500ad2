import { pChart, uChart } from './attribute-chart.ts';
import type { Capability, SpecLimits } from './capability.ts';
import { capability } from './capability.ts';
import type { ConstantsSource } from './chart-constants.ts';
import type { Baseline, ChartPoint, ControlChart, SigmaMethod } from './control-chart.ts';
import { checkLimits, checkSeries } from './control-chart.ts';
import { cusumRunLength, cusumRunLengthOneSided } from './cusum-run-length.ts';
import { ewmaRunLength, ewmaRunLengthExactLimits } from './ewma-run-length.ts';
import { individualsChart } from './individuals-chart.ts';
import type { RuleSet } from './run-rules.ts';
import { xbarRChart, xbarSChart } from './subgroup-chart.ts';
import { cusumChart, ewmaChart } from './weighted-chart.ts';

/** Charts that can be analysed without any stored state. */
export type ChartKind = 'xbar_r' | 'xbar_s' | 'i_mr' | 'ewma' | 'cusum' | 'p' | 'u';

/** Optional settings; each has the default that text books use. */
export type AnalyzeParams = {
  /** Phase I limits: centre (or fraction, or rate) and sigma of single values. */
  readonly baseline?: Pick<Baseline, 'center' | 'sigma'>;
  readonly phaseOneCount?: number;
  readonly sigmaMethod?: SigmaMethod;
  readonly constants?: ConstantsSource;
  readonly target?: number;
  /** EWMA: λ 0.2, L 3, exact limits. */
  readonly weight?: number;
  readonly widthSigma?: number;
  readonly limits?: 'exact' | 'asymptotic';
  /** CUSUM: k 0.5, h 5, no head start. */
  readonly allowanceSigma?: number;
  readonly decisionSigma?: number;
  readonly headStartSigma?: number;
  /** Shift for which run lengths are told, in sigmas of the plotted statistic; 1 when left out. */
  readonly shiftSigma?: number;
};

/** A stateless question: values (i_mr, ewma, cusum), subgroups (x̄, ewma, cusum) or counts with sizes (p, u). */
export type AnalyzeRequest = {
  readonly chart: ChartKind;
  readonly data: readonly number[] | readonly (readonly number[])[];
  /** Sample sizes of p and u: one for all, or one each. */
  readonly sizes?: number | readonly number[];
  readonly params?: AnalyzeParams;
  readonly rules?: RuleSet | 'limits_only';
  readonly specLimits?: SpecLimits;
};

/** One series with its points and the rules that each point breaks. */
export type AnalyzedSeries = {
  readonly statistic: string;
  readonly points: readonly (ChartPoint & { readonly rules: readonly number[] })[];
};

/** Mean samples until an alarm with the mean on target and shifted; one-sided for a CUSUM as well. */
export type RunLengths = {
  readonly shiftSigma: number;
  readonly onTarget: number;
  readonly shifted: number;
  readonly oneSidedOnTarget?: number;
  readonly oneSidedShifted?: number;
};

/** The answer: limits and their origin, every point with its flags, and what was asked beside. */
export type Analysis = {
  readonly chart: ChartKind;
  readonly baseline: Baseline;
  readonly series: readonly AnalyzedSeries[];
  readonly capability: Capability | null;
  readonly runLengths: RunLengths | null;
};

/** An analysis, or what is wrong with the question. */
export type AnalyzeResult =
  | { readonly ok: true; readonly value: Analysis }
  | { readonly ok: false; readonly detail: string };

const POINTS_MAX = 20_000;

/** Draws one chart from scratch. Mistakes in the data come back as a refusal that names field and value. */
export function analyze(request: AnalyzeRequest): AnalyzeResult {
  try {
    if (request.data.length === 0 || request.data.length > POINTS_MAX) {
      throw new RangeError(`data has ${request.data.length} entries; it must have 1 to ${POINTS_MAX}`);
    }
    requireNumbers(request.data);
    const chart = DRAW[request.chart](request);
    return {
      ok: true,
      value: {
        chart: request.chart,
        baseline: chart.baseline,
        series: chart.series.map((series, index) => flagSeries(request, series, index)),
        capability: askCapability(request, chart),
        runLengths: askRunLengths(request),
      },
    };
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, detail: error.message };
    throw error;
  }
}

const DRAW: Readonly<Record<ChartKind, (request: AnalyzeRequest) => ControlChart>> = {
  xbar_r: (request) => xbarRChart({ ...request.params, subgroups: subgroupsOf(request) }),
  xbar_s: (request) => xbarSChart({ ...request.params, subgroups: subgroupsOf(request) }),
  i_mr: (request) => individualsChart({ ...request.params, values: valuesOf(request) }),
  ewma: (request) =>
    ewmaChart({ ...request.params, subgroups: anyGroups(request) }, ewmaDesign(request.params ?? {})),
  cusum: (request) =>
    cusumChart({ ...request.params, subgroups: anyGroups(request) }, cusumDesign(request.params ?? {})),
  p: (request) => pChart(countsOf(request)),
  u: (request) => uChart(countsOf(request)),
};

/** Run rules suit independent, roughly symmetric statistics; the others are held to their limits alone. */
function flagSeries(
  request: AnalyzeRequest,
  series: ControlChart['series'][number],
  index: number,
): AnalyzedSeries {
  const hasMemory = request.chart === 'ewma' || request.chart === 'cusum';
  const ruleSet = request.rules ?? 'nelson';
  const flags =
    hasMemory || index > 0 || ruleSet === 'limits_only' ? checkLimits(series) : checkSeries(series, ruleSet);
  return {
    statistic: series.statistic,
    points: series.points.map((point, i) => ({ ...point, rules: flags[i] ?? [] })),
  };
}

function askCapability(request: AnalyzeRequest, chart: ControlChart): Capability | null {
  if (!request.specLimits) return null;
  if (request.chart === 'p' || request.chart === 'u')
    throw new RangeError('specLimits do not apply to counts');
  const values = request.data.flat();
  return capability({ values, sigmaWithin: chart.baseline.sigma, limits: request.specLimits });
}

function askRunLengths(request: AnalyzeRequest): RunLengths | null {
  const params = request.params ?? {};
  const shiftSigma = params.shiftSigma ?? 1;
  if (request.chart === 'ewma') {
    const design = ewmaDesign(params);
    const runLength = design.limits === 'exact' ? ewmaRunLengthExactLimits : ewmaRunLength;
    return { shiftSigma, onTarget: runLength(design, 0), shifted: runLength(design, shiftSigma) };
  }
  if (request.chart !== 'cusum') return null;
  const design = cusumDesign(params);
  return {
    shiftSigma,
    onTarget: cusumRunLength(design, 0),
    shifted: cusumRunLength(design, shiftSigma),
    oneSidedOnTarget: cusumRunLengthOneSided(design, 0),
    oneSidedShifted: cusumRunLengthOneSided(design, shiftSigma),
  };
}

function ewmaDesign(params: AnalyzeParams) {
  return {
    weight: params.weight ?? 0.2,
    widthSigma: params.widthSigma ?? 3,
    limits: params.limits ?? 'exact',
  };
}

function cusumDesign(params: AnalyzeParams) {
  return {
    allowanceSigma: params.allowanceSigma ?? 0.5,
    decisionSigma: params.decisionSigma ?? 5,
    headStartSigma: params.headStartSigma ?? 0,
  };
}

function valuesOf(request: AnalyzeRequest): readonly number[] {
  return request.data.map((entry, i) => {
    if (typeof entry === 'number') return entry;
    throw new RangeError(`data[${i}] is a subgroup; a chart ${request.chart} takes single numbers`);
  });
}

function subgroupsOf(request: AnalyzeRequest): readonly (readonly number[])[] {
  return request.data.map((entry, i) => {
    if (typeof entry !== 'number') return entry;
    throw new RangeError(`data[${i}] is a single number; a chart ${request.chart} takes subgroups`);
  });
}

function anyGroups(request: AnalyzeRequest): readonly (readonly number[])[] {
  return request.data.map((entry) => (typeof entry === 'number' ? [entry] : entry));
}

function countsOf(request: AnalyzeRequest) {
  const counts = valuesOf(request);
  const { sizes } = request;
  if (sizes === undefined)
    throw new RangeError(`sizes is missing; a chart ${request.chart} needs sample sizes`);
  const params = request.params ?? {};
  return {
    counts,
    sizes: typeof sizes === 'number' ? counts.map(() => sizes) : sizes,
    ...(params.baseline ? { center: params.baseline.center } : {}),
    ...(params.phaseOneCount === undefined ? {} : { phaseOneCount: params.phaseOneCount }),
  };
}

function requireNumbers(data: AnalyzeRequest['data']): void {
  data.forEach((entry, i) => {
    const list = typeof entry === 'number' ? [entry] : entry;
    if (list.length === 0 || !list.every(Number.isFinite)) {
      throw new RangeError(`data[${i}] is ${JSON.stringify(entry)}; it must hold finite numbers`);
    }
  });
}
