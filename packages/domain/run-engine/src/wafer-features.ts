import type { WatchedFeature } from './monitoring-rules.ts';
import type { RunTelemetry } from './process-definition.ts';

/**
 * The watched statistics of one wafer, by feature: mean or standard deviation of a channel over the samples that
 * count. Null when a feature has no two samples: such a wafer is judged by no model.
 */
export function waferFeatures(
  features: readonly WatchedFeature[],
  telemetry: RunTelemetry,
  waferIndex: number,
): Record<string, number> | null {
  const found: Record<string, number> = {};
  for (const feature of features) {
    const values = countedValues(feature, telemetry, waferIndex);
    if (values.length < 2) return null;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    found[feature.id] = feature.statistic === 'mean' ? mean : Math.sqrt(squares / (values.length - 1));
  }
  return found;
}

function countedValues(
  { channel, relativeTo, while: counted }: WatchedFeature,
  { waferIndex: wafers, channels }: RunTelemetry,
  wafer: number,
): number[] {
  const [column, gate] = [channels[channel] ?? [], channels[counted.channel] ?? []];
  const divisor = relativeTo === undefined ? null : (channels[relativeTo] ?? []);
  return wafers.flatMap((of, index) => {
    const value = column[index] ?? null;
    const open = of === wafer && (gate[index] ?? -Infinity) > counted.above;
    if (!open || value === null) return [];
    if (divisor === null) return [value];
    const by = divisor[index] ?? 0;
    return by === 0 ? [] : [value / by];
  });
}
