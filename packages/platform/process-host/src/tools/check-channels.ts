import { analyzeMultivariate } from '@spectra/spc';
import type { MultivariateAnalysis } from '@spectra/spc';
import { accept } from '@spectra/schemas';
import type { Result, SpcCheckParams, SpcCheckResult } from '@spectra/schemas';
import { chartFault, given } from './chart-words.ts';

/** A chart of several channels judged together, by T² or by a principal-component model, in the words of the wire. */
export function checkChannels(
  params: Omit<SpcCheckParams, 'chart'> & { chart: 't2' | 'pca' },
): Result<SpcCheckResult> {
  const { chart, data, params: settings = {} } = params;
  const rows = data.map((entry) => (typeof entry === 'number' ? [entry] : entry));
  const channels = settings.channels ?? (rows[0] ?? []).map((_, index) => `channel_${index + 1}`);
  if (channels.length !== rows[0]?.length) {
    return chartFault(`data has ${rows[0]?.length} columns; channels names ${channels.length}`);
  }
  if (params.spec_limits !== undefined) {
    return chartFault('spec limits do not apply to several channels');
  }
  try {
    const { phase_one_count: phaseOneCount, confidence, components } = settings;
    const analysis = analyzeMultivariate({
      chart,
      rows,
      ...given({ phaseOneCount, confidence, components }),
    });
    return accept(answerOf(chart, channels, analysis));
  } catch (error) {
    if (error instanceof RangeError) return chartFault(error.message);
    throw error;
  }
}

function answerOf(chart: string, channels: string[], analysis: MultivariateAnalysis): SpcCheckResult {
  const { series, model } = analysis;
  return {
    chart,
    center: null,
    sigma: null,
    sigma_method: null,
    in_control: series.every(({ points }) => points.every(({ value, upper }) => value <= upper)),
    series: series.map(({ statistic, points }) => ({
      statistic,
      points: points.map(({ value, upper }) => ({
        value,
        center: 0,
        lower: null,
        upper,
        sigma: 0,
        rules: value > upper ? [1] : [],
      })),
    })),
    rule_names: { 1: 'the statistic is above its limit' },
    capability: null,
    run_lengths: null,
    constants: [],
    multivariate: {
      channels,
      samples: analysis.samples,
      confidence: analysis.confidence,
      mean: [...analysis.mean],
      covariance: analysis.covariance.map((row) => [...row]),
      limits: {
        t2_phase_one: analysis.limits.t2PhaseOne,
        t2_phase_two: analysis.limits.t2PhaseTwo,
        spe: analysis.limits.spe,
      },
      model: model && {
        components: model.loadings.length,
        scale: [...model.scale],
        eigenvalues: [...model.eigenvalues],
        loadings: model.loadings.map((loading) => [...loading]),
      },
      contributions: series.flatMap(({ statistic, points }) => contributionsTo(statistic, points, channels)),
    },
  };
}

function contributionsTo(
  statistic: string,
  points: MultivariateAnalysis['series'][number]['points'],
  channels: readonly string[],
) {
  return points.flatMap(({ value, upper, contributions }, point) => {
    if (value <= upper) return [];
    const shares = contributions.map((share, i) => ({ channel: channels[i] ?? '', value: share }));
    return [{ point, statistic, channels: shares.toSorted((left, right) => right.value - left.value) }];
  });
}
