import { COULOMB_EV_NM } from '../constants.ts';
import type { Atom } from '../species.ts';
import { reducedEnergy, screeningLengthNm } from './universal-screening.ts';

/**
 * Reduced nuclear stopping s_n(ε) = ½ ln(1 + 1.1383 ε)/(ε + 0.01321 ε^0.21226 + 0.19593 √ε), no unit;
 * ln ε/(2ε) above ε = 30. Source: Ziegler, Biersack & Littmark (1985), p. 51.
 * Holds for ε > 0. Worked value: s_n(1) = 0.3143.
 */
export function reducedNuclearStopping(reducedEnergy: number): number {
  if (!(reducedEnergy > 0)) {
    throw new RangeError(`reducedEnergy is ${reducedEnergy}; it must be above 0`);
  }
  if (reducedEnergy > 30) return Math.log(reducedEnergy) / (2 * reducedEnergy);
  return (
    (0.5 * Math.log(1 + 1.1383 * reducedEnergy)) /
    (reducedEnergy + 0.01321 * reducedEnergy ** 0.21226 + 0.19593 * Math.sqrt(reducedEnergy))
  );
}

/**
 * Nuclear stopping cross-section S_n = 4π a Z₁Z₂ e² M₁/(M₁+M₂) s_n(ε) in eV·nm² per atom; a: universal
 * screening length in nm, E in keV. Source: as above, eq. 2-88. Worked value: As in Si at 80 keV → 24.6 eV·nm².
 */
export function nuclearStoppingEvNm2(projectile: Atom, target: Atom, energyKeV: number): number {
  const coulomb = projectile.atomicNumber * target.atomicNumber * COULOMB_EV_NM;
  const massShare = projectile.massU / (projectile.massU + target.massU);
  const epsilon = reducedEnergy(projectile, target, energyKeV * 1000);
  return (
    4 *
    Math.PI *
    screeningLengthNm(projectile, target) *
    coulomb *
    massShare *
    reducedNuclearStopping(epsilon)
  );
}
