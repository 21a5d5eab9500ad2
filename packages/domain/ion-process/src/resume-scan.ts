import type { ScanState } from '@spectra/control';
import { initialScanState } from '@spectra/control';
import type { IonPlanned, IonReadings } from './types.ts';

/**
 * Scan state from what the tool has recorded: a fresh wafer starts its first stroke; an interrupted one goes on in
 * the stroke, at the position and with the dose in each strip at which it stopped.
 */
export function scanStateFrom(planned: IonPlanned, readings: IonReadings): ScanState {
  const { scan: settings, passes, beamCurrentMa } = planned;
  const fresh = initialScanState(settings, { passes, beamCurrentMa });
  if (readings.pass < 0) return fresh;
  const deliveredPerCm2 = readings.stripDosePerCm2;
  const share = Math.min(1, (readings.pass + 1) / passes);
  return {
    ...fresh,
    positionMm: readings.positionMm,
    direction: readings.pass % 2 === 0 ? 1 : -1,
    pass: readings.pass,
    deliveredPerCm2,
    passDosePerCm2: deliveredPerCm2.map((dose) => Math.max(0, settings.setpointDosePerCm2 * share - dose)),
  };
}
