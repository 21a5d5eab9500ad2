import { cChart, npChart, pChart, uChart } from './attribute-chart.ts';
import type { Capability, SpecLimits } from './capability.ts';
import { capability } from './capability.ts';
import type { ChartConstants, ConstantsSource } from './chart-constants.ts';
import { chartConstants } from './chart-constants.ts';
import type { Baseline, ChartPoint, ControlChart, SigmaMethod } from './control-chart.ts';
import { checkLimits } from './control-chart.ts';
import { cusumRunLengths, ewmaRunLengths } from './design-chart.ts';
import type { RunLengths } from './design-chart.ts';
import { individualsChart } from './individuals-chart.ts';
import type { RuleSet } from './run-rules.ts';
import { checkRunRules } from './run-rules.ts';
import { xbarRChart, xbarSChart } from './subgroup-chart.ts';
import { cusumChart, ewmaChart } from './weighted-chart.ts';

/** Charts that can be analysed without any stored state. */
export type ChartKind = 'xbar_r' | 'xbar_s' | 'i_mr' | 'ewma' | 'cusum' | 'p' | 'np' | 'u' | 'c';

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
  /** Of the intervals of capability; 0.95 when left out. */
  readonly confidence?: number;
};

/** Which rules: a set, the limits alone, or Nelson's rules of these numbers. */
export type RuleChoice = RuleSet | 'limits_only' | readonly number[];

/** A stateless question: values (i_mr, ewma, cusum), subgroups (x̄, ewma, cusum) or counts with sizes (p, np, u, c). */
export type AnalyzeRequest = {
  readonly chart: ChartKind;
  readonly data: readonly number[] | readonly (readonly number[])[];
  /** Sample sizes of p, np and u: one for all, or one each; of c they are 1 unless told. */
  readonly sizes?: number | readonly number[];
  readonly params?: AnalyzeParams;
  readonly rules?: RuleChoice;
  readonly specLimits?: SpecLimits;
};

/** One series with its points and the rules that each point breaks. */
export type AnalyzedSeries = {
  readonly statistic: string;
  readonly points: readonly (ChartPoint & { readonly rules: readonly number[] })[];
};

/** The answer: limits and their origin, every point with its flags, and what was asked beside. */
export type Analysis = {
  readonly chart: ChartKind;
  readonly baseline: Baseline;
  readonly series: readonly AnalyzedSeries[];
  readonly capability: Capability | null;
  readonly runLengths: RunLengths | null;
  /** Exact factors of each subgroup size that occurs; empty for charts of single values with memory and of counts. */
  readonly constants: readonly ({ readonly n: number } & ChartConstants)[];
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
        constants: subgroupSizes(request).map((n) => ({ n, ...chartConstants(n) })),
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
  np: (request) => npChart(countsOf(request)),
  u: (request) => uChart(countsOf(request)),
  c: (request) => cChart(countsOf({ ...request, sizes: request.sizes ?? 1 })),
};

/** Run rules suit independent, roughly symmetric statistics; the others are held to their limits alone. */
function flagSeries(
  request: AnalyzeRequest,
  series: ControlChart['series'][number],
  index: number,
): AnalyzedSeries {
  const hasMemory = request.chart === 'ewma' || request.chart === 'cusum';
  const rules = request.rules ?? 'nelson';
  const flags =
    hasMemory || index > 0 || rules === 'limits_only' ? checkLimits(series) : checkRules(series, rules);
  return {
    statistic: series.statistic,
    points: series.points.map((point, i) => ({ ...point, rules: flags[i] ?? [] })),
  };
}

/** Numbers are Nelson's. Limits that are cut (a fraction below 0) do not bend the sigmas that the rules count in. */
function checkRules(series: ControlChart['series'][number], rules: RuleSet | readonly number[]): number[][] {
  if (typeof rules === 'string') return checkRunRules(series.points, rules);
  return checkRunRules(series.points, 'nelson').map((broken) =>
    broken.filter((rule) => rules.includes(rule)),
  );
}

function askCapability(request: AnalyzeRequest, chart: ControlChart): Capability | null {
  if (!request.specLimits) return null;
  if (COUNTS.has(request.chart)) throw new RangeError('spec limits do not apply to counts');
  const confidence = request.params?.confidence;
  return capability({
    values: request.data.flat(),
    sigmaWithin: chart.baseline.sigma,
    limits: request.specLimits,
    ...(confidence === undefined ? {} : { confidence }),
  });
}

const COUNTS: ReadonlySet<ChartKind> = new Set(['p', 'np', 'u', 'c']);

function askRunLengths({ chart, params = {} }: AnalyzeRequest): RunLengths | null {
  const shiftSigma = params.shiftSigma ?? 1;
  if (chart === 'ewma') return ewmaRunLengths(ewmaDesign(params), shiftSigma);
  if (chart === 'cusum') return cusumRunLengths(cusumDesign(params), shiftSigma);
  return null;
}

/** Sizes for which factors exist; a moving range spans two values. */
function subgroupSizes({ chart, data }: AnalyzeRequest): number[] {
  if (chart === 'i_mr') return [2];
  if (COUNTS.has(chart)) return [];
  const sizes = new Set(data.map((entry) => (typeof entry === 'number' ? 1 : entry.length)));
  return [...sizes].filter((size) => size >= 2).toSorted((left, right) => left - right);
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
