import type { SimulatorFault } from '@spectra/schemas';

/** Faults that the simulated implanter can play; `magnitude` has the unit named here. */
export const ionFaultKinds = [
  {
    kind: 'beam_drift',
    meaning: 'source loses output; magnitude: relative change per second (default −0.01)',
  },
  { kind: 'beam_glitch', meaning: 'beam is gone while the fault lasts (default 0.2 s); no magnitude' },
  { kind: 'pressure_burst', meaning: 'process pressure rises; magnitude: torr (default 5e-5)' },
  { kind: 'magnet_mismatch', meaning: 'analyser field is off; magnitude: relative error (default 0.02)' },
  { kind: 'faraday_mismatch', meaning: 'Faraday cup miscounts; magnitude: relative error (default −0.08)' },
  { kind: 'cooling_loss', meaning: 'wafer cooling fails; magnitude: share lost, 0–1 (default 1)' },
  {
    kind: 'scan_nonuniformity',
    meaning: 'fast scan is skewed; magnitude: relative tilt across the wafer (default 0.1)',
  },
  { kind: 'tilt_error', meaning: 'wafer holder is off its angle; magnitude: degrees (default 1)' },
] as const;

export type IonFaultKind = (typeof ionFaultKinds)[number]['kind'];

const DEFAULTS: Record<IonFaultKind, { magnitude: number; durationS: number }> = {
  beam_drift: { magnitude: -0.01, durationS: Infinity },
  beam_glitch: { magnitude: 1, durationS: 0.2 },
  pressure_burst: { magnitude: 5e-5, durationS: 5 },
  magnet_mismatch: { magnitude: 0.02, durationS: Infinity },
  faraday_mismatch: { magnitude: -0.08, durationS: Infinity },
  cooling_loss: { magnitude: 1, durationS: Infinity },
  scan_nonuniformity: { magnitude: 0.1, durationS: Infinity },
  tilt_error: { magnitude: 1, durationS: Infinity },
};

/** The fault of a kind that is active at a time, with its magnitude and how long it has lasted; null without one. */
export function activeFault(
  faults: readonly SimulatorFault[],
  kind: IonFaultKind,
  timeS: number,
): { magnitude: number; lastedS: number; endS: number } | null {
  for (const fault of faults) {
    if (fault.kind !== kind) continue;
    const endS = fault.at_s + (fault.duration_s ?? DEFAULTS[kind].durationS);
    if (timeS < fault.at_s || timeS >= endS) continue;
    return {
      magnitude: fault.magnitude ?? DEFAULTS[kind].magnitude,
      lastedS: timeS - fault.at_s,
      endS,
    };
  }
  return null;
}

/** When a fault of a kind begins within an interval, the first such time; null when none does. */
export function faultOnsetS(
  faults: readonly SimulatorFault[],
  kind: IonFaultKind,
  interval: { fromS: number; toS: number },
): { atS: number; endS: number } | null {
  const fault = faults.find(
    (each) => each.kind === kind && each.at_s >= interval.fromS && each.at_s < interval.toS,
  );
  if (!fault) return null;
  return { atS: fault.at_s, endS: fault.at_s + (fault.duration_s ?? DEFAULTS[kind].durationS) };
}
