import type { SimulatorFault } from '@spectra/schemas';

/** Faults that the simulated chamber can play; `magnitude` has the unit named here. */
export const rtpFaultKinds = [
  {
    kind: 'lamp_zone_weak',
    meaning: 'lamps of zone 3 are weak; magnitude: share of light left, 0–1 (default 0.8)',
  },
  { kind: 'lamp_stuck', meaning: 'supply of zone 2 hangs; magnitude: its power, 0–1 (default 0.6)' },
  {
    kind: 'emissivity_shift',
    meaning: 'the wafer radiates otherwise than told; magnitude: relative (default −0.2)',
  },
  { kind: 'pyrometer_drift', meaning: 'all pyrometers drift; magnitude: °C per second (default −2)' },
  { kind: 'pyrometer_noise', meaning: 'pyrometers are noisy; magnitude: factor (default 3)' },
  { kind: 'pyrometer_loss', meaning: 'all pyrometers are blind; no magnitude' },
  { kind: 'gas_loss', meaning: 'the gas flows fail; magnitude: share lost, 0–1 (default 1)' },
  { kind: 'pressure_error', meaning: 'the chamber pressure is off; magnitude: torr (default 100)' },
] as const;

export type RtpFaultKind = (typeof rtpFaultKinds)[number]['kind'];

const DEFAULT_MAGNITUDE: Record<RtpFaultKind, number> = {
  lamp_zone_weak: 0.8,
  lamp_stuck: 0.6,
  emissivity_shift: -0.2,
  pyrometer_drift: -2,
  pyrometer_noise: 3,
  pyrometer_loss: 1,
  gas_loss: 1,
  pressure_error: 100,
};

/** The fault of a kind that is active at a time, with its magnitude and how long it has lasted; null without one. */
export function activeFault(
  faults: readonly SimulatorFault[],
  kind: RtpFaultKind,
  timeS: number,
): { magnitude: number; lastedS: number } | null {
  for (const fault of faults) {
    if (fault.kind !== kind) continue;
    if (timeS < fault.at_s || timeS >= fault.at_s + (fault.duration_s ?? Infinity)) continue;
    return { magnitude: fault.magnitude ?? DEFAULT_MAGNITUDE[kind], lastedS: timeS - fault.at_s };
  }
  return null;
}
