import { BOHR_RADIUS_NM, COULOMB_EV_NM } from '../constants.ts';
import type { Atom } from '../species.ts';

const AMPLITUDES = [0.18175, 0.50986, 0.28022, 0.02817] as const;
const DECAYS = [3.1998, 0.94229, 0.4029, 0.20162] as const;

/** The universal screening function φ(x) and its derivative φ′(x); x = r/a has no unit. */
export type Screening = { value: number; slope: number };

/**
 * Universal screening function φ(x) = Σ cᵢ exp(−dᵢ x), x = r/a.
 * Source: Ziegler, Biersack & Littmark, *The Stopping and Range of Ions in Solids* (1985), p. 48.
 * Holds for x ≥ 0. Worked value: φ(1) = 0.4164.
 */
export function universalScreening(x: number): Screening {
  let value = 0;
  let slope = 0;
  for (let i = 0; i < 4; i += 1) {
    const decay = DECAYS[i] as number;
    const term = (AMPLITUDES[i] as number) * Math.exp(-decay * x);
    value += term;
    slope -= decay * term;
  }
  return { value, slope };
}

/**
 * Universal screening length a = 0.88534 a₀ / (Z₁^0.23 + Z₂^0.23) in nm. Source: as above, p. 45.
 * Worked value: boron in silicon 0.01427 nm.
 */
export function screeningLengthNm(projectile: Atom, target: Atom): number {
  return (0.88534 * BOHR_RADIUS_NM) / (projectile.atomicNumber ** 0.23 + target.atomicNumber ** 0.23);
}

/**
 * Reduced energy ε = a M₂ E / (Z₁ Z₂ e² (M₁ + M₂)) without unit; E in eV. Source: as above, p. 49.
 * Worked value: boron of 20 keV in silicon 2.034.
 */
export function reducedEnergy(projectile: Atom, target: Atom, energyEv: number): number {
  return (
    (screeningLengthNm(projectile, target) * target.massU * energyEv) /
    (projectile.atomicNumber * target.atomicNumber * COULOMB_EV_NM * (projectile.massU + target.massU))
  );
}
