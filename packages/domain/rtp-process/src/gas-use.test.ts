import type { RunTelemetry } from '@spectra/run-engine';
import { assert, double, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gasStandardLitres } from './gas-use.ts';

function telemetryOf(
  samples: readonly { timeS: number; wafer?: number; n2: number | null; o2?: number | null }[],
): RunTelemetry {
  return {
    timeS: samples.map(({ timeS }) => timeS),
    waferIndex: samples.map(({ wafer }) => wafer ?? 0),
    channels: {
      n2_flow_slm: samples.map(({ n2 }) => n2),
      o2_flow_slm: samples.map(({ o2 }) => o2 ?? null),
    },
  };
}

describe('the gas of a run', () => {
  test('is the worked value: 10 slm for 60 s, then 4 slm for 30 s', () => {
    const samples = [
      { timeS: 0, n2: 10 },
      { timeS: 60, n2: 10 },
      { timeS: 60.1, n2: 4 },
      { timeS: 90.1, n2: 4 },
    ];
    expect(gasStandardLitres(telemetryOf(samples))).toBeCloseTo(12 + (7 * 0.1) / 60, 9);
  });

  test('of a constant flow is flow times time, however it is sampled, and both gases add up', () => {
    const flow = double({ min: 0, max: 20, noNaN: true });
    assert(
      property(flow, flow, integer({ min: 2, max: 500 }), (n2, o2, count) => {
        const samples = Array.from({ length: count }, (_, i) => ({ timeS: (i * 120) / (count - 1), n2, o2 }));
        expect(gasStandardLitres(telemetryOf(samples))).toBeCloseTo((n2 + o2) * 2, 6);
      }),
    );
  });

  test('does not count the time between two wafers, nor a step without a sample; unmeasured it is not known', () => {
    const between = [
      { timeS: 0, n2: 6 },
      { timeS: 10, n2: 6 },
      { timeS: 500, n2: 6, wafer: 1 },
      { timeS: 510, n2: 6, wafer: 1 },
      { timeS: 520, n2: null, wafer: 1 },
    ];
    expect(gasStandardLitres(telemetryOf(between))).toBeCloseTo(2, 9);
    expect(
      gasStandardLitres(
        telemetryOf([
          { timeS: 0, n2: null },
          { timeS: 1, n2: null },
        ]),
      ),
    ).toBeNull();
  });
});
