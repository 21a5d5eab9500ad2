import { describe, expect, it } from 'vitest';
import { waferFeatures } from './wafer-features.ts';
import type { WatchedFeature } from './monitoring-rules.ts';

const telemetry = {
  timeS: [0, 1, 2, 3, 4],
  waferIndex: [0, 0, 0, 1, 1],
  channels: { beam: [0, 2, 4, 10, 20], dose_rate: [0, 1, 1, 1, 1], field: [1, 4, 4, 5, null] },
};
const feature = (over: Partial<WatchedFeature>): WatchedFeature => ({
  id: 'x',
  channel: 'beam',
  statistic: 'mean',
  while: { channel: 'dose_rate', above: 0 },
  ...over,
});

describe('the features of a wafer', () => {
  it('count only its own samples while the gate is open', () => {
    expect(waferFeatures([feature({})], telemetry, 0)).toEqual({ x: 3 });
    expect(waferFeatures([feature({})], telemetry, 1)).toEqual({ x: 15 });
  });

  it('are spreads, or shares of another channel, where the process says so', () => {
    expect(waferFeatures([feature({ statistic: 'sigma' })], telemetry, 0)?.['x']).toBeCloseTo(Math.SQRT2, 12);
    expect(waferFeatures([feature({ relativeTo: 'field' })], telemetry, 0)).toEqual({ x: 0.75 });
  });

  it('are unknown when a channel was blind', () => {
    expect(waferFeatures([feature({ channel: 'field' })], telemetry, 1)).toBeNull();
  });
});
