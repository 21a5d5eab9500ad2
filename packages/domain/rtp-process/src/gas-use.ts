import type { RunTelemetry } from '@spectra/run-engine';

const SECONDS_PER_MINUTE = 60;
const flows = ['n2_flow_slm', 'o2_flow_slm'] as const;

/**
 * Gas that the wafers of a run took, in standard litres: V = Σ ½ (F_i + F_i−1) (t_i − t_i−1) / 60, with the measured
 * flow F of all gases in standard litres a minute (slm) at the sampling times t in seconds (trapezoids; exact for
 * flows that are straight between two samples). The time between two wafers is not counted, and neither is a step
 * with a missing sample. Null when no flow was measured. Uncertainty: that of the flow controllers, since the
 * sampling adds less than half a step of one changed flow.
 * Worked: 10 slm for 60 s and then 4 slm for 30 s, with one step of 0.1 s between them, make
 * 10 + 7 · 0.1 / 60 + 2 = 12.0117 sl.
 */
export function gasStandardLitres(telemetry: RunTelemetry): number | null {
  const { timeS, waferIndex, channels } = telemetry;
  let litres: number | null = null;
  for (let i = 1; i < timeS.length; i += 1) {
    const stepS = (timeS[i] ?? 0) - (timeS[i - 1] ?? 0);
    if (waferIndex[i] !== waferIndex[i - 1] || stepS <= 0) continue;
    for (const flow of flows) {
      const from = channels[flow]?.[i - 1] ?? null;
      const to = channels[flow]?.[i] ?? null;
      if (from === null || to === null) continue;
      litres = (litres ?? 0) + (((from + to) / 2) * stepS) / SECONDS_PER_MINUTE;
    }
  }
  return litres;
}
