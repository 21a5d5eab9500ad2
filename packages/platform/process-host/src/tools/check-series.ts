import { analyze, NELSON_RULES, WESTERN_ELECTRIC_RULES } from '@spectra/spc';
import type { Analysis, AnalyzeParams, AnalyzeRequest, RuleChoice, SigmaMethod } from '@spectra/spc';
import { accept } from '@spectra/schemas';
import type { Result, SpcCheckParams, SpcCheckResult } from '@spectra/schemas';
import { checkChannels } from './check-channels.ts';
import { chartFault, given, inWireNames, wiredRunLengths } from './chart-words.ts';

type Params = NonNullable<SpcCheckParams['params']>;

/** The task behind `spc.check` and `/api/spc/analyze`: one control chart from scratch, in the words of the wire. */
export function checkSeries(params: SpcCheckParams): Result<SpcCheckResult> {
  const { chart } = params;
  if (chart === 't2' || chart === 'pca') return checkChannels({ ...params, chart });
  const rules = params.rules === 'we' ? 'western_electric' : params.rules;
  const analysis = analyze(requestOf({ ...params, chart, rules }));
  return analysis.ok ? accept(answerOf(analysis.value, rules)) : chartFault(analysis.detail);
}

function requestOf({
  chart,
  data,
  sizes,
  params,
  rules,
  spec_limits,
}: Omit<SpcCheckParams, 'chart' | 'rules'> & {
  chart: AnalyzeRequest['chart'];
  rules: RuleChoice;
}): AnalyzeRequest {
  return {
    chart,
    data,
    rules,
    ...(sizes === undefined ? {} : { sizes }),
    ...(params === undefined ? {} : { params: settingsOf(params) }),
    ...(spec_limits === undefined ? {} : { specLimits: given(spec_limits) }),
  };
}

function settingsOf(params: Params): AnalyzeParams {
  return given({
    baseline: params.baseline,
    phaseOneCount: params.phase_one_count,
    sigmaMethod: params.sigma_method === undefined ? undefined : SIGMA_METHODS[params.sigma_method],
    constants: params.constants,
    target: params.target,
    weight: params.weight,
    widthSigma: params.width_sigma,
    limits: params.limits,
    allowanceSigma: params.allowance_sigma,
    decisionSigma: params.decision_sigma,
    headStartSigma: params.head_start_sigma,
    shiftSigma: params.shift_sigma,
    confidence: params.confidence,
  });
}

/** Our names, and those of R's qcc. */
const SIGMA_METHODS: Readonly<Record<NonNullable<Params['sigma_method']>, SigmaMethod>> = {
  mean_range: 'mean_range',
  weighted_range: 'weighted_range',
  mean_standard_deviation: 'mean_standard_deviation',
  weighted_standard_deviation: 'weighted_standard_deviation',
  pooled_variance: 'pooled_variance',
  moving_range: 'moving_range',
  standard_deviation: 'standard_deviation',
  'UWAVE-R': 'mean_range',
  'MVLUE-R': 'weighted_range',
  'UWAVE-SD': 'mean_standard_deviation',
  'MVLUE-SD': 'weighted_standard_deviation',
  RMSDF: 'pooled_variance',
  MR: 'moving_range',
  SD: 'standard_deviation',
};

function answerOf(analysis: Analysis, rules: RuleChoice): SpcCheckResult {
  const { chart, baseline, series, capability, runLengths, constants } = analysis;
  const limitOf = (limit: number) => (Number.isFinite(limit) ? limit : null);
  return {
    chart,
    center: baseline.center,
    sigma: baseline.sigma,
    sigma_method: baseline.method,
    in_control: series.every(({ points }) => points.every((point) => point.rules.length === 0)),
    series: series.map(({ statistic, points }) => ({
      statistic,
      points: points.map(({ value, center, lower, upper, sigma, rules: broken }) => ({
        value,
        center,
        lower: limitOf(lower),
        upper: limitOf(upper),
        sigma,
        rules: [...broken],
      })),
    })),
    rule_names: rules === 'western_electric' ? { ...WESTERN_ELECTRIC_RULES } : { ...NELSON_RULES },
    capability: capability === null ? null : inWireNames(capability),
    run_lengths: runLengths === null ? null : wiredRunLengths(runLengths),
    constants: constants.map((each) => ({ ...each })),
    multivariate: null,
  };
}
