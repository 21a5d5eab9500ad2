import type { Columns } from './columns.ts';

type Values = (number | null)[];

/** Bins of equal sample count. `minimum` and `maximum` keep every spike that the mean in `channels` hides. */
export type BinnedColumns = Columns & { minimum: Record<string, Values>; maximum: Record<string, Values> };

/**
 * Cuts the samples into at most `bins` runs of equal length and tells of each its mean time and, per channel, mean,
 * minimum and maximum over what was measured (`null` when nothing was). Order of samples is kept; the extremes of
 * each channel over all bins are the extremes of the samples.
 */
export function binColumns(columns: Columns, bins: number): BinnedColumns {
  const edges = binEdges(columns.time_s.length, bins);
  const result: BinnedColumns = {
    time_s: overBins(edges, columns.time_s, mean) as number[],
    channels: {},
    minimum: {},
    maximum: {},
  };
  for (const [name, values] of Object.entries(columns.channels)) {
    result.channels[name] = overBins(edges, values, mean);
    result.minimum[name] = overBins(edges, values, smallest);
    result.maximum[name] = overBins(edges, values, largest);
  }
  return result;
}

/**
 * Thins samples to at most `2 · bins` that still show every spike: each bin gives two samples, at its first and last
 * time, and each channel its minimum and maximum in the order in which they happened. Short input comes back as it is.
 */
export function decimateColumns(columns: Columns, bins: number): Columns {
  const count = columns.time_s.length;
  if (count <= 2 * bins) return columns;
  const edges = binEdges(count, bins);
  const channels: Columns['channels'] = {};
  for (const [name, values] of Object.entries(columns.channels)) {
    channels[name] = edges.flatMap(([from, to]) => extremesInOrder(values, from, to));
  }
  const time_s = edges.flatMap(([from, to]) => [columns.time_s[from] ?? 0, columns.time_s[to - 1] ?? 0]);
  return { time_s, channels };
}

/** Edges `[from, to)` of at most `bins` non-empty bins over `count` samples. */
function binEdges(count: number, bins: number): [number, number][] {
  const used = Math.min(bins, count);
  return Array.from({ length: used }, (_, bin): [number, number] => [
    Math.floor((bin * count) / used),
    Math.floor(((bin + 1) * count) / used),
  ]);
}

function overBins(
  edges: readonly [number, number][],
  values: readonly (number | null)[],
  reduce: (measured: number[]) => number,
): Values {
  return edges.map(([from, to]) => {
    const measured = values.slice(from, to).filter((value) => value !== null);
    return measured.length === 0 ? null : reduce(measured);
  });
}

function mean(measured: number[]): number {
  const average = measured.reduce((sum, value) => sum + value / measured.length, 0);
  // Rounding must not carry the mean out of the range it belongs to.
  return Math.min(largest(measured), Math.max(smallest(measured), average));
}

function smallest(measured: number[]): number {
  return measured.reduce((least, value) => (value < least ? value : least));
}

function largest(measured: number[]): number {
  return measured.reduce((most, value) => (value > most ? value : most));
}

function extremesInOrder(values: readonly (number | null)[], from: number, to: number): Values {
  let least: { value: number; at: number } | null = null;
  let most: { value: number; at: number } | null = null;
  for (let index = from; index < to; index += 1) {
    const value = values[index] ?? null;
    if (value === null) continue;
    if (least === null || value < least.value) least = { value, at: index };
    if (most === null || value > most.value) most = { value, at: index };
  }
  if (least === null || most === null) return [null, null];
  return least.at <= most.at ? [least.value, most.value] : [most.value, least.value];
}
