import { fitPca, pcaLimits, scorePca } from './principal-components.ts';
import type { PcaModel } from './principal-components.ts';
import { chiSquareQuantile } from './special-functions.ts';

/** What a tool's channels do together when all is well; plain data, to be stored by version. */
export type DetectionModel = {
  /** Features that vary; the others say nothing. */
  readonly features: readonly string[];
  readonly pca: PcaModel;
  readonly confidence: number;
  readonly limits: { readonly t2: number; readonly spe: number };
};

/** How a wafer stands to a model, and which features put it there, the largest share first. */
export type Detection = {
  readonly t2: number;
  readonly spe: number;
  readonly faulty: boolean;
  readonly contributions: readonly { readonly feature: string; readonly share: number }[];
};

/** A model rests on this many wafers at least, and on twice as many as it has features. */
export const LEARNT_WAFERS_MIN = 25;

const EXPLAINED_SHARE = 0.8;
const VARIES_SHARE = 1e-9;
const FOLDS = 10;

/**
 * Learns principal components of good wafers. The limit of T² is that for new samples (Tracy, Young & Mason 1992).
 * The limit of SPE is the larger one of Jackson & Mudholkar's and of
 *
 *   g χ²_h,  g = s²/(2 m),  h = 2 m²/s²
 *
 * with m and s² mean and variance of the SPE that each wafer has by a model learnt without its tenth of them: residuals of the
 * learnt wafers themselves are too small for a judgement of new ones. Source: Nomikos & MacGregor, Technometrics 37
 * (1995) 41. Worked value: m = 2, s² = 4: g = 1, h = 2, limit at 0.99: 9.210.
 */
export function learnDetection(
  wafers: readonly Readonly<Record<string, number>>[],
  confidence = 0.999,
): DetectionModel {
  const features = Object.keys(wafers[0] ?? {}).filter((feature) => varies(wafers, feature));
  const needed = Math.max(LEARNT_WAFERS_MIN, 2 * features.length);
  if (wafers.length < needed) {
    throw new RangeError(`wafers has ${wafers.length} entries; ${needed} are needed`);
  }
  if (features.length < 2) throw new RangeError('fewer than two features vary; nothing hangs together');
  const rows = wafers.map((wafer) => rowOf(features, wafer));
  const components = componentsFor(rows);
  const pca = fitPca(rows, components);
  const left = unseenSpe(rows, components);
  const { t2, spe } = pcaLimits(pca, confidence);
  return { features, pca, confidence, limits: { t2, spe: Math.max(spe, boxLimit(left, confidence)) } };
}

/** Judges a wafer; null when it lacks one of the model's features. */
export function detectFault(
  model: DetectionModel,
  wafer: Readonly<Record<string, number>>,
): Detection | null {
  const { features, pca, limits } = model;
  if (!features.every((feature) => Number.isFinite(wafer[feature]))) return null;
  const { t2, spe, t2Contributions, residuals } = scorePca(pca, rowOf(features, wafer));
  // Each statistic counts by how far it is beyond its limit, so that the one that speaks names the channels.
  const bySpe = spe / limits.spe >= t2 / limits.t2;
  const parts = bySpe ? residuals.map((value) => value * value) : t2Contributions.map((v) => Math.max(0, v));
  const total = parts.reduce((sum, value) => sum + value, 0);
  const contributions = features.map((feature, i) => ({
    feature,
    share: total > 0 ? (parts[i] ?? 0) / total : 0,
  }));
  return {
    t2,
    spe,
    faulty: t2 > limits.t2 || spe > limits.spe,
    contributions: contributions.toSorted((one, other) => other.share - one.share),
  };
}

function rowOf(features: readonly string[], wafer: Readonly<Record<string, number>>): number[] {
  return features.map((feature) => wafer[feature] ?? NaN);
}

function varies(wafers: readonly Readonly<Record<string, number>>[], feature: string): boolean {
  const values = wafers.map((wafer) => wafer[feature] ?? NaN);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return high - low > VARIES_SHARE * Math.max(Math.abs(low), Math.abs(high));
}

/** As many as explain most of the variance, but never all: something must be left to be judged. */
function componentsFor(rows: readonly (readonly number[])[]): number {
  const { eigenvalues } = fitPca(rows, 1);
  let kept = 0;
  let explained = 0;
  while (kept < eigenvalues.length - 1 && explained < EXPLAINED_SHARE * eigenvalues.length) {
    explained += eigenvalues[kept] ?? 0;
    kept += 1;
  }
  return Math.max(1, kept);
}

/** SPE of each row by a model of the nine tenths that it does not belong to. */
function unseenSpe(rows: readonly (readonly number[])[], components: number): number[] {
  return Array.from({ length: FOLDS }, (_, fold) => {
    const model = fitPca(
      rows.filter((_row, i) => i % FOLDS !== fold),
      components,
    );
    return rows.filter((_row, i) => i % FOLDS === fold).map((row) => scorePca(model, row).spe);
  }).flat();
}

function boxLimit(values: readonly number[], confidence: number): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  if (!(variance > 0)) return mean;
  return (variance / (2 * mean)) * chiSquareQuantile(confidence, (2 * mean * mean) / variance);
}
