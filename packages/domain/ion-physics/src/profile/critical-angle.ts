import { COULOMB_EV_NM, SILICON_ATOMS_PER_CM3, SILICON_LATTICE_NM } from '../constants.ts';
import { SILICON } from '../materials.ts';
import { requireWithin } from '../out-of-range.ts';
import { IONS, type Ion } from '../species.ts';
import { screeningLengthNm } from '../stopping/universal-screening.ts';

const DEG = 180 / Math.PI;
/** Rms thermal vibration in one direction at 300 K, Debye temperature 519 K. */
const VIBRATION_NM = 0.0083;

/**
 * Lindhard's critical angle of a row of atoms in degrees: ψ₁ = √(2 Z₁Z₂e²/(E d)); where ψ₁ > a/d (low energy)
 * ψ₂ = √(√3 a ψ₁/(√2 d)). E in keV, d: spacing of the row in nm, a: screening length in nm.
 * Source: Lindhard, Mat. Fys. Medd. Dan. Vid. Selsk. 34 (1965) no. 14; form of ψ₂ as in Hobler, Radiat. Eff.
 * 139 (1996) 21. Holds for 0.01–1000 keV. Worked value: B 20 keV along Si <100> → ψ₂ = 3.79°.
 */
export function axialCriticalAngleDeg(ion: Ion, energyKeV: number, spacingNm = SILICON_LATTICE_NM): number {
  requireWithin({ field: 'energyKeV', value: energyKeV, min: 0.01, max: 1000, unit: 'keV' });
  const charge = IONS[ion].atomicNumber * SILICON.atomicNumber * COULOMB_EV_NM;
  const lengthNm = screeningLengthNm(IONS[ion], SILICON);
  const high = Math.sqrt((2 * charge) / (energyKeV * 1000 * spacingNm));
  if (high <= lengthNm / spacingNm) return high * DEG;
  return Math.sqrt((Math.sqrt(3) * lengthNm * high) / (Math.SQRT2 * spacingNm)) * DEG;
}

/**
 * Critical angle of a plane in degrees: sin²ψ = [Y(y₁) + Y(d_p − y₁) − 2 Y(d_p/2)]/E with Lindhard's potential of a
 * sheet Y(y) = 2π Z₁Z₂e² N d_p (√(y² + 3a²) − y) and the closest approach y₁ = a + u, u = 0.0083 nm the
 * vibration of the sheet at room temperature. N: atoms/nm³, d_p: distance of the sheets in nm, E in keV.
 * Source: as above. Holds for 0.01–1000 keV. Worked value: B 20 keV along Si {110} → 2.53°.
 */
export function planarCriticalAngleDeg(ion: Ion, energyKeV: number, spacingNm: number): number {
  requireWithin({ field: 'energyKeV', value: energyKeV, min: 0.01, max: 1000, unit: 'keV' });
  const charge = IONS[ion].atomicNumber * SILICON.atomicNumber * COULOMB_EV_NM;
  const lengthNm = screeningLengthNm(IONS[ion], SILICON);
  const sheetPerNm2 = SILICON_ATOMS_PER_CM3 * 1e-21 * spacingNm;
  const sheetNm = (y: number): number => Math.sqrt(y * y + 3 * lengthNm * lengthNm) - y;
  const closestNm = lengthNm + VIBRATION_NM;
  const heightNm = sheetNm(closestNm) + sheetNm(spacingNm - closestNm) - 2 * sheetNm(spacingNm / 2);
  const sineSquared = (2 * Math.PI * charge * sheetPerNm2 * heightNm) / (energyKeV * 1000);
  return Math.asin(Math.min(1, Math.sqrt(Math.max(0, sineSquared)))) * DEG;
}
