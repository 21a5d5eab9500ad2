import { t2Contributions, hotellingLimits, hotellingT2, multivariateBaseline } from './hotelling.ts';
import { fitPca, pcaLimits, scorePca } from './principal-components.ts';
import type { PcaModel } from './principal-components.ts';

/** Rows of several channels, judged together: by T² alone, or by T² and SPE of a principal-component model. */
export type MultivariateRequest = {
  readonly chart: 't2' | 'pca';
  readonly rows: readonly (readonly number[])[];
  /** Learn from the first so many rows (phase I) and judge the rest by them (phase II); all when left out. */
  readonly phaseOneCount?: number;
  /** Of the limits; 0.99 when left out. */
  readonly confidence?: number;
  /** Kept by `pca`; when left out as many as explain 80 % of the variance. */
  readonly components?: number;
};

/** A row's statistic, its limit, and what each channel adds to it. */
export type MultivariatePoint = {
  readonly value: number;
  readonly upper: number;
  readonly contributions: readonly number[];
};

/** What was learnt, the limits, and every row by every statistic. */
export type MultivariateAnalysis = {
  readonly samples: number;
  readonly confidence: number;
  readonly mean: readonly number[];
  readonly covariance: readonly (readonly number[])[];
  readonly limits: { readonly t2PhaseOne: number; readonly t2PhaseTwo: number; readonly spe: number | null };
  /** Only of `pca`. */
  readonly model: PcaModel | null;
  readonly series: readonly {
    readonly statistic: 't2' | 'spe';
    readonly points: readonly MultivariatePoint[];
  }[];
};

const EXPLAINED_SHARE = 0.8;

/**
 * Judges rows of channels by Hotelling's T² (limits of phase I for the rows that it learnt from, of phase II for
 * the others), or by T² and SPE of a model on standardised channels. Throws a RangeError that names what is wrong.
 */
export function analyzeMultivariate(request: MultivariateRequest): MultivariateAnalysis {
  const { rows, confidence = 0.99 } = request;
  const samples = request.phaseOneCount ?? rows.length;
  requireTable(rows, samples);
  const learnt = rows.slice(0, samples);
  const baseline = multivariateBaseline(learnt);
  const { mean, covariance } = baseline;
  const common = { samples, confidence, mean, covariance };
  if (request.chart === 't2') {
    const bounds = hotellingLimits({ samples, channels: mean.length }, confidence);
    const points = rows.map((row, i) => ({
      value: hotellingT2(baseline, row),
      upper: i < samples ? bounds.phaseOne : bounds.phaseTwo,
      contributions: t2Contributions(baseline, row),
    }));
    const limits = { t2PhaseOne: bounds.phaseOne, t2PhaseTwo: bounds.phaseTwo, spe: null };
    return { ...common, limits, model: null, series: [{ statistic: 't2', points }] };
  }
  const model = fitPca(learnt, request.components ?? explaining(learnt));
  const bounds = pcaLimits(model, confidence);
  const { phaseOne } = hotellingLimits({ samples, channels: model.loadings.length }, confidence);
  const scores = rows.map((row) => scorePca(model, row));
  const t2 = scores.map((score, i) => ({
    value: score.t2,
    upper: i < samples ? phaseOne : bounds.t2,
    contributions: score.t2Contributions,
  }));
  const spe = scores.map((score) => ({
    value: score.spe,
    upper: bounds.spe,
    contributions: score.residuals.map((residual) => residual * residual),
  }));
  return {
    ...common,
    limits: { t2PhaseOne: phaseOne, t2PhaseTwo: bounds.t2, spe: bounds.spe },
    model,
    series: [
      { statistic: 't2', points: t2 },
      { statistic: 'spe', points: spe },
    ],
  };
}

/** The smallest number of components that explains the usual share of the variance. */
function explaining(rows: readonly (readonly number[])[]): number {
  const { eigenvalues } = fitPca(rows, 1);
  const total = eigenvalues.reduce((sum, value) => sum + value, 0);
  let kept = 0;
  let sum = 0;
  while (kept < eigenvalues.length && sum < EXPLAINED_SHARE * total) sum += eigenvalues[kept++]!;
  return kept;
}

function requireTable(rows: readonly (readonly number[])[], samples: number): void {
  const channels = rows[0]?.length ?? 0;
  rows.forEach((row, i) => {
    if (row.length !== channels || !row.every(Number.isFinite)) {
      throw new RangeError(
        `data[${i}] has ${row.length} values; each row must hold ${channels} finite numbers`,
      );
    }
  });
  if (samples > rows.length) {
    throw new RangeError(`phaseOneCount is ${samples}; data has only ${rows.length} rows`);
  }
  if (!(samples > channels + 1)) {
    throw new RangeError(
      `data has ${samples} rows of ${channels} channels to learn from; more than ${channels + 1} are needed`,
    );
  }
}
