import type { ScanState } from '@spectra/control';
import { initialScanState } from '@spectra/control';
import { TOOL } from './tool.ts';
import type { IonPlanned, IonReadings } from './types.ts';

/** The beam has this many standard deviations to each side. */
const BEAM_REACH_SIGMAS = 4;

/**
 * Scan state from what the tool has recorded: a fresh wafer starts its first stroke; an interrupted one goes on in
 * the stroke, at the position and with the dose in each strip at which it stopped.
 */
export function scanStateFrom(planned: IonPlanned, readings: IonReadings): ScanState {
  const { scan: settings, passes, beamCurrentMa } = planned;
  const fresh = initialScanState(settings, { passes, beamCurrentMa });
  if (readings.pass < 0) return fresh;
  const deliveredPerCm2 = bookedStrips(planned, readings);
  const share = Math.min(1, (readings.pass + 1) / passes);
  return {
    ...fresh,
    positionMm: readings.positionMm,
    direction: directionOf(readings),
    pass: readings.pass,
    deliveredPerCm2,
    passDosePerCm2: deliveredPerCm2.map((dose) => Math.max(0, settings.setpointDosePerCm2 * share - dose)),
  };
}

function directionOf(readings: IonReadings): 1 | -1 {
  return readings.pass % 2 === 0 ? 1 : -1;
}

/**
 * The recorder shows the wafer under a beam with tails; scan control books a beam without. Where the tails matter, at
 * the stop position and at the ends of the stroke, the booked dose is what the strokes have meant to give there;
 * the mean is what the tool has counted.
 */
function bookedStrips(planned: IonPlanned, readings: IonReadings): number[] {
  const { strokeMm, stripCount, setpointDosePerCm2 } = planned.scan;
  const stripMm = strokeMm / stripCount;
  const reachMm = BEAM_REACH_SIGMAS * TOOL.beamSigmaMm;
  const meant = (strokes: number) =>
    (setpointDosePerCm2 * Math.min(strokes, planned.passes)) / planned.passes;
  const booked = readings.stripDosePerCm2.map((recorded, strip) => {
    const middleMm = (strip + 0.5) * stripMm;
    const toEndMm = Math.min(middleMm, strokeMm - middleMm);
    if (Math.abs(middleMm - readings.positionMm) > reachMm && toEndMm > reachMm) return recorded;
    const crossedMm = readings.positionMm - strip * stripMm;
    const below = Math.min(1, Math.max(0, crossedMm / stripMm));
    const crossed = directionOf(readings) === 1 ? below : 1 - below;
    return crossed * meant(readings.pass + 1) + (1 - crossed) * meant(readings.pass);
  });
  const mean = booked.reduce((sum, dose) => sum + dose, 0) / stripCount;
  const missing = readings.integratedDosePerCm2 - mean;
  return booked.map((dose) => Math.max(0, dose + missing));
}
