/** What is expected of a run's telemetry before a channel counts as stale. */
export type StalenessRules = {
  /** Seconds of tool time between samples, per channel; a channel that is not named is not watched for blindness. */
  periodS: ReadonlyMap<string, number>;
  /** Sample periods without a value after which a channel is stale. */
  periodsMissedMax: number;
  /** Milliseconds without any telemetry after which the whole run is silent. */
  silentAfterMs: number;
};

/** A change that viewers are told: `parameter` is the channel, or `telemetry` for all of them together. */
export type StalenessChange = {
  parameter: string;
  state: 'raised' | 'cleared';
  /** Tool seconds without a value for a channel, wall seconds for `telemetry`. */
  ageS: number;
  limitS: number;
};

/** What is remembered of one run between its telemetry batches. */
export type Staleness = {
  waferIndex: number;
  lastValueAtS: ReadonlyMap<string, number>;
  stale: ReadonlySet<string>;
  silent: boolean;
  lastBatchAtMs: number | null;
  newestTimeS: number;
};

type Batch = { wafer_index: number; time_s: number[]; channels: Record<string, (number | null)[]> };

/** Nothing seen yet; a run is not watched before its first telemetry. */
export const unwatched: Staleness = {
  waferIndex: -1,
  lastValueAtS: new Map(),
  stale: new Set(),
  silent: false,
  lastBatchAtMs: null,
  newestTimeS: 0,
};

/**
 * Takes in one batch. A channel is stale when its newest measured value is older, in tool time, than the rules allow;
 * it counts from the batch that first named it, and a new wafer starts afresh.
 */
export function observeBatch(
  before: Staleness,
  batch: Batch,
  nowMs: number,
  rules: StalenessRules,
): { after: Staleness; changes: StalenessChange[] } {
  const newestTimeS = batch.time_s.at(-1) ?? before.newestTimeS;
  const sameWafer = batch.wafer_index === before.waferIndex;
  const lastValueAtS = new Map(sameWafer ? before.lastValueAtS : []);
  for (const [channel, values] of Object.entries(batch.channels)) {
    const known = lastValueAtS.get(channel) ?? batch.time_s[0] ?? newestTimeS;
    lastValueAtS.set(channel, lastMeasuredAtS(batch.time_s, values) ?? known);
  }
  const stale = new Set(before.stale);
  const changes = silenceEnds(before, nowMs, rules);
  for (const [channel, periodS] of rules.periodS) {
    const limitS = periodS * rules.periodsMissedMax;
    const ageS = newestTimeS - (lastValueAtS.get(channel) ?? newestTimeS);
    const isStale = ageS > limitS;
    if (isStale === stale.has(channel)) continue;
    if (isStale) stale.add(channel);
    else stale.delete(channel);
    changes.push({ parameter: channel, state: isStale ? 'raised' : 'cleared', ageS, limitS });
  }
  const after = {
    waferIndex: batch.wafer_index,
    lastValueAtS,
    stale,
    silent: false,
    lastBatchAtMs: nowMs,
    newestTimeS,
  };
  return { after, changes };
}

/** Asks whether a running run fell silent since its last batch. */
export function checkSilence(
  before: Staleness,
  nowMs: number,
  rules: StalenessRules,
): { after: Staleness; changes: StalenessChange[] } {
  if (before.silent || before.lastBatchAtMs === null) return { after: before, changes: [] };
  const ageMs = nowMs - before.lastBatchAtMs;
  if (ageMs <= rules.silentAfterMs) return { after: before, changes: [] };
  const change = { parameter: 'telemetry', state: 'raised', ageS: ageMs / 1000 } as const;
  return {
    after: { ...before, silent: true },
    changes: [{ ...change, limitS: rules.silentAfterMs / 1000 }],
  };
}

function silenceEnds(before: Staleness, nowMs: number, rules: StalenessRules): StalenessChange[] {
  if (!before.silent || before.lastBatchAtMs === null) return [];
  const ageS = (nowMs - before.lastBatchAtMs) / 1000;
  return [{ parameter: 'telemetry', state: 'cleared', ageS, limitS: rules.silentAfterMs / 1000 }];
}

function lastMeasuredAtS(timeS: readonly number[], values: readonly (number | null)[]): number | null {
  for (let index = values.length - 1; index >= 0; index -= 1) {
    if (values[index] !== null && values[index] !== undefined) return timeS[index] ?? null;
  }
  return null;
}
