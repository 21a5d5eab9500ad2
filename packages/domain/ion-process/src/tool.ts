/**
 * The simulated implanter in numbers: a serial machine with a ribbon scanned fast across the wafer (x) and a stage
 * that moves the wafer slowly through it (y). Design values of this product, in the range of medium- and
 * high-current machines.
 */
export const TOOL = {
  /** Radius of the analysing magnet. */
  magnetRadiusM: 0.5,
  /** Extraction voltage; energy above it comes from post-acceleration. */
  extractionKvMax: 40,
  beamCurrentMaMax: 30,
  beamCurrentMaMin: 0.0005,
  /** The fast scan goes beyond the wafer by this much on each side, the stage by its own. */
  overscanXMm: 30,
  overscanYMm: 40,
  /** Standard deviation of the beam along the slow scan. */
  beamSigmaMm: 10,
  stageSpeedMmPerSMin: 0.5,
  stageSpeedMmPerSMax: 100,
  stripLengthMm: 10,
  columnCount: 21,
  chargeState: 1,
  exchangeCrossSectionCm2: 1e-15,
  exchangePathCm: 150,
  /** The same as one number, K in I = I₀ exp(−K p): cross section × path × 3.2188e16 cm⁻³/Torr. */
  exchangePerTorr: 4828.2,
  /** Water-cooled platen with gas behind the wafer. */
  coolantTempC: 20,
  coolingWPerCm2K: 0.015,
  waferEmissivity: 0.3,
  waferTempCPlanned: 80,
  /** Beyond this tilt the beam grazes the wafer and the dose per surface is no longer compensated. */
  compensatedTiltDegMax: 85,
} as const;

/** Columns over which the fast scan is measured and corrected, in mm from the wafer's centre. */
export function columnsMm(waferDiameterMm: number): number[] {
  const last = TOOL.columnCount - 1;
  return Array.from({ length: TOOL.columnCount }, (_, i) => (i / last - 0.5) * waferDiameterMm);
}

/** Strips of the slow scan, in mm from the wafer's centre. */
export function stripsMm(stripCount: number, strokeMm: number): number[] {
  return Array.from({ length: stripCount }, (_, i) => ((i + 0.5) / stripCount - 0.5) * strokeMm);
}
