import { type Atom, IONS, type Ion } from '../species.ts';
import { scatteringIntegralSineSquared } from '../stopping/scattering-integral.ts';
import { reducedEnergy, screeningLengthNm } from '../stopping/universal-screening.ts';

/** Bins of an octave, of energy as well as of the squared impact parameter. */
const BINS_PER_OCTAVE = 16;
/** Energies from 1 eV to 2¹⁸ eV (262 keV). */
export const ENERGY_ROWS = 18 * BINS_PER_OCTAVE;
/** Squared impact parameters down to 2⁻²⁴ of the largest; nearer hits share the last bin. */
export const IMPACT_COLUMNS = 24 * BINS_PER_OCTAVE;
/** Numbers kept for each cell: energy fraction, cos ψ, sin ψ, relative local electronic loss. */
export const CELL_STRIDE = 4;

/**
 * What a collision does to an ion, by energy row and impact column: the fraction of energy given to the
 * atom, cosine and sine of the laboratory deflection ψ, and the local electronic loss relative to its mean.
 */
export type CollisionTable = Float32Array;

/**
 * Tabulates the magic formula for one pair of atoms at the geometric centre of each bin.
 * `impactNmMax` is the radius of the cylinder that holds one atom per flight path.
 */
export function collisionTable(ion: Ion, target: Atom, impactNmMax: number): CollisionTable {
  const table = new Float32Array(ENERGY_ROWS * IMPACT_COLUMNS * CELL_STRIDE);
  const lengthNm = screeningLengthNm(IONS[ion], target);
  const localLoss = relativeLocalLoss(impactNmMax / lengthNm);
  for (let row = 0; row < ENERGY_ROWS; row += 1) {
    const epsilon = reducedEnergy(IONS[ion], target, rowEnergyEv(row));
    for (let column = 0; column < IMPACT_COLUMNS; column += 1) {
      const impact = (impactNmMax * Math.sqrt(columnShare(column))) / lengthNm;
      const cell = (row * IMPACT_COLUMNS + column) * CELL_STRIDE;
      const sineSquared = scatteringIntegralSineSquared(epsilon, impact);
      writeDeflection(table.subarray(cell, cell + CELL_STRIDE), sineSquared, IONS[ion].massU / target.massU);
      table[cell + 3] = localLoss(impact);
    }
  }
  return table;
}

/** Energy in eV at the centre of a row. */
export function rowEnergyEv(row: number): number {
  return 2 ** Math.floor(row / BINS_PER_OCTAVE) * (1 + ((row % BINS_PER_OCTAVE) + 0.5) / BINS_PER_OCTAVE);
}

/** Share u = (p/p_max)² at the centre of a column. */
function columnShare(column: number): number {
  const octave = Math.floor(column / BINS_PER_OCTAVE) - IMPACT_COLUMNS / BINS_PER_OCTAVE;
  return 2 ** octave * (1 + ((column % BINS_PER_OCTAVE) + 0.5) / BINS_PER_OCTAVE);
}

/**
 * Centre-of-mass to laboratory: tan ψ = sin θ/(cos θ + M₁/M₂); energy fraction 4M₁M₂/(M₁+M₂)² sin²(θ/2).
 * ψ is taken on the principal branch of the arctangent, −90° to 90°, as the range reference does. An ion lighter
 * than the atom can be thrown back by one hit; this convention sends it on instead, which lowers the
 * backscattering of boron by a third and lengthens its range by 1–2 %. Heavier ions are not touched.
 */
function writeDeflection(cell: Float32Array, sineSquared: number, massRatio: number): void {
  const cosine = 1 - 2 * sineSquared;
  const sine = 2 * Math.sqrt(sineSquared * (1 - sineSquared));
  const along = cosine + massRatio;
  const norm = Math.hypot(along, sine);
  cell[0] = ((4 * massRatio) / (1 + massRatio) ** 2) * sineSquared;
  cell[1] = norm > 1e-9 ? Math.abs(along) / norm : 0;
  cell[2] = norm > 1e-9 ? sine / norm : 1;
}

/**
 * Oen–Robinson loss ∝ exp(−0.3 p/a), scaled to a mean of 1 over the cylinder.
 * Source: Oen & Robinson, Nucl. Instrum. Methods 132 (1976) 647, with the distance of closest approach
 * taken as the impact parameter.
 */
function relativeLocalLoss(impactMax: number): (impact: number) => number {
  const c = 0.3;
  const x = c * impactMax;
  const mean = (2 * (1 - (1 + x) * Math.exp(-x))) / (x * x);
  return (impact) => Math.exp(-c * impact) / mean;
}
