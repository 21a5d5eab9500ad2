import { requirePositive } from './require-number.ts';

const ELEMENTARY_CHARGE_C = 1.602176634e-19;

/** What the slow scan of one implant is told once. The stroke covers the wafer and its overscan. */
export type ScanSettings = {
  readonly setpointDosePerCm2: number;
  readonly chargeState: number;
  /** Width over which the beam itself is spread, cm. */
  readonly beamWidthCm: number;
  readonly strokeMm: number;
  readonly speedMinMmPerS: number;
  readonly speedMaxMmPerS: number;
  /** Strips in which the delivered dose is booked, 8 to 512. */
  readonly stripCount: number;
  /** Wanted dose of each strip relative to the setpoint, mean 1; even when left out. */
  readonly stripWeights?: readonly number[];
  /** Averaging time of the beam current that sets the speed, s. */
  readonly currentFilterS: number;
};

/** What a scan remembers; plain data, so an interrupted implant resumes where it stopped. */
export type ScanState = {
  readonly status: 'scanning' | 'holding' | 'complete';
  readonly positionMm: number;
  readonly direction: 1 | -1;
  /** Number of the pass under way, from 0, and how many are planned. */
  readonly pass: number;
  readonly passes: number;
  /** Dose booked in each strip. */
  readonly deliveredPerCm2: readonly number[];
  /** Dose that the pass under way shall give each strip. */
  readonly passDosePerCm2: readonly number[];
  readonly currentMa: number;
  /** What was commanded for the interval that ends with the next step. */
  readonly commanded: ScanCommand;
};

/** Motion and beam for one interval: the stage moves `moveS` seconds; the beam is on throughout or not at all. */
export type ScanCommand = {
  readonly speedMmPerS: number;
  readonly moveS: number;
  readonly beamOn: boolean;
};

/** Stage and beam at rest. */
export const SCAN_AT_REST: ScanCommand = { speedMmPerS: 0, moveS: 0, beamOn: false };

/**
 * Ions per second and centimetre of slow-scan travel: r = I/(n e W). A stage at speed v then receives
 * r/v ions per cm² in one pass. I current, n charge state, e charge, W beam width. Worked value: 1 mA,
 * n = 1, W = 30 cm: 2.0805e14 cm⁻¹ s⁻¹, so 2.0805e14 cm⁻² a pass at 1 cm/s.
 */
export function lineRatePerCmS(settings: ScanSettings, beamCurrentMa: number): number {
  requirePositive('beamWidthCm', settings.beamWidthCm);
  return (beamCurrentMa * 1e-3) / (settings.chargeState * ELEMENTARY_CHARGE_C * settings.beamWidthCm);
}

/** Mean booked dose over the stroke, cm⁻². */
export function meanDosePerCm2(state: Pick<ScanState, 'deliveredPerCm2'>): number {
  return state.deliveredPerCm2.reduce((sum, dose) => sum + dose, 0) / state.deliveredPerCm2.length;
}

/** Spread of the booked dose over the strips, one standard deviation in per cent of the mean. */
export function doseUniformityPct(dosePerCm2: readonly number[]): number {
  const mean = dosePerCm2.reduce((sum, dose) => sum + dose, 0) / dosePerCm2.length;
  if (!(mean > 0)) return 0;
  const squares = dosePerCm2.reduce((sum, dose) => sum + (dose - mean) ** 2, 0);
  return (100 * Math.sqrt(squares / Math.max(1, dosePerCm2.length - 1))) / mean;
}
