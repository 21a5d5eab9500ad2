import { TOOL } from './tool.ts';

/**
 * Dose in each strip from ions that fell while the beam moved evenly from one position to another, and what fell
 * beyond the ends of the stroke.
 *
 *   share of strip [a, b] = (G(b − p₀) − G(b − p₁) − G(a − p₀) + G(a − p₁)) / (p₁ − p₀)
 *   G(u) = u Φ(u/σ) + σ φ(u/σ)
 *
 * p₀, p₁ positions (mm), σ beam size (mm), Φ and φ the normal distribution and its density: the integral of a
 * Gaussian beam over its way. The shares and the part beyond the stroke add up to one exactly, so no ion is lost.
 * Worked value: a beam that stands in the middle of one strip of 10 mm, σ = 10 mm: share 0.3829.
 */
export function depositStrips(
  strips: readonly number[],
  beam: { strokeMm: number; fromMm: number; toMm: number; dosePerCm2: number },
): { strips: number[]; beyondPerCm2: number } {
  const count = strips.length;
  const stripMm = beam.strokeMm / count;
  const low = Math.min(beam.fromMm, beam.toMm);
  const wayMm = Math.max(Math.abs(beam.toMm - beam.fromMm), WAY_MM_MIN);
  let edgeShare = shareBelow(-low, wayMm);
  const below = edgeShare;
  const total = beam.dosePerCm2 * count;
  const next = strips.map((dose, strip) => {
    const shareAbove = shareBelow((strip + 1) * stripMm - low, wayMm);
    const share = shareAbove - edgeShare;
    edgeShare = shareAbove;
    return share > 0 ? dose + share * total : dose;
  });
  return { strips: next, beyondPerCm2: beam.dosePerCm2 * (1 - (edgeShare - below)) };
}

/** A beam that stands is a beam that moves very little. */
const WAY_MM_MIN = 1;
const FAR_SIGMAS = 6;

/** Share of the ions that fall below an edge which lies `edgeMm` beyond the start of the way. */
function shareBelow(edgeMm: number, wayMm: number): number {
  return (integralOfCdf(edgeMm) - integralOfCdf(edgeMm - wayMm)) / wayMm;
}

function integralOfCdf(uMm: number): number {
  const z = uMm / TOOL.beamSigmaMm;
  if (z > FAR_SIGMAS) return uMm;
  if (z < -FAR_SIGMAS) return 0;
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  return TOOL.beamSigmaMm * (z * normalCdf(z, density) + density);
}

/** Abramowitz & Stegun 26.2.17, error below 7.5e-8. */
function normalCdf(z: number, density: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    density *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z >= 0 ? 1 - tail : tail;
}

/** Beam at each column under a waveform: the tool's shape times the dwell, mean 1, since the charge is the same. */
export function columnProfile(shape: readonly number[], waveform: readonly number[]): number[] {
  const raw = shape.map((value, column) => value * (waveform[column] ?? 1));
  const mean = raw.reduce((sum, value) => sum + value, 0) / raw.length;
  return raw.map((value) => value / mean);
}

/** The finished strokes with one more stroke added, strip by strip and column by column. */
export function addStroke(
  map: readonly (readonly number[])[],
  strips: readonly number[],
  profile: readonly number[],
): number[][] {
  return map.map((row, strip) =>
    row.map((dose, column) => dose + (strips[strip] ?? 0) * (profile[column] ?? 1)),
  );
}
