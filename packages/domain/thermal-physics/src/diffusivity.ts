import type { DopantSpecies } from './dopant-species.ts';
import { BOLTZMANN_EV_PER_K, SILICON_MELTING_K } from './physical-constants.ts';
import { requireInRange } from './require-in-range.ts';

/** Lowest temperature, in kelvin, at which diffusivities are claimed to mean anything (500 degC). */
export const DIFFUSION_TEMPERATURE_MIN_K = 773.15;

/**
 * Diffusivity of a dopant in silicon, cm2/s (Fermi model: point defects in equilibrium, no damage).
 *
 * D = D_x e^(-E_x/kT) + D_1 e^(-E_1/kT) v + D_2 e^(-E_2/kT) v^2
 *
 * v: majority carriers over intrinsic ones, n/n_i for donors and p/n_i for acceptors (dimensionless);
 * D_x, D_1, D_2 (cm2/s) and E (eV) per species in `DIFFUSION_TERMS`; kT in eV.
 * Sources: Fair in Wang (ed.), "Impurity Doping Processes in Silicon" (1981), ch. 7; Ho, Plummer, Hansen &
 * Dutton, IEEE Trans. ED-30 (1983) 1438 (B, P, As, Sb); indium: Antoniadis & Moskowitz, J. Appl. Phys. 53
 * (1982) 9214: 0.6 cm2/s, 3.5 eV for low concentrations; no extrinsic data were found, so it does not depend on p.
 * Range: 773-1687 K, v 1e-3 to 1e6.
 * Worked value: boron at 1000 degC intrinsic: 1.6033e-14 cm2/s.
 */
export function diffusivityCm2PerS(
  species: DopantSpecies,
  temperatureK: number,
  carriersOverIntrinsic = 1,
): number {
  requireInRange('temperatureK', temperatureK, DIFFUSION_TEMPERATURE_MIN_K, SILICON_MELTING_K);
  requireInRange('carriersOverIntrinsic', carriersOverIntrinsic, 1e-3, 1e6);
  const [neutral, single, double] = diffusionTermsAt(species, temperatureK);
  return neutral + carriersOverIntrinsic * (single + carriersOverIntrinsic * double);
}

/**
 * Intrinsic carrier density of silicon, 1/cm3.
 *
 * n_i = 3.9e16 T^1.5 e^(-0.605/kT)
 *
 * T: temperature (K), kT in eV. Source: Morin & Maita, Phys. Rev. 96 (1954) 28, as used in SUPREM-III/IV
 * (process temperatures; it is not meant for room temperature). Range: 500-1687 K.
 * Worked value: 1000 degC: 7.1365e18 1/cm3.
 */
export function intrinsicCarrierDensityPerCm3(temperatureK: number): number {
  requireInRange('temperatureK', temperatureK, 500, SILICON_MELTING_K);
  return 3.9e16 * temperatureK ** 1.5 * Math.exp(-0.605 / (BOLTZMANN_EV_PER_K * temperatureK));
}

/** Prefactor (cm2/s) and activation energy (eV) of the neutral, singly and doubly charged terms. */
const DIFFUSION_TERMS: Record<DopantSpecies, readonly [number, number, number, number, number, number]> = {
  B: [0.037, 3.46, 0.76, 3.46, 0, 0],
  P: [3.85, 3.66, 4.44, 4.0, 44.2, 4.37],
  As: [0.0666, 3.44, 12.8, 4.05, 0, 0],
  Sb: [0.214, 3.65, 15, 4.08, 0, 0],
  In: [0.6, 3.5, 0, 0, 0, 0],
};

/** The three terms of the diffusivity at a temperature, cm2/s, without a range check: the solver's inner loop. */
export function diffusionTermsAt(species: DopantSpecies, temperatureK: number): [number, number, number] {
  const [d0, e0, d1, e1, d2, e2] = DIFFUSION_TERMS[species];
  const beta = 1 / (BOLTZMANN_EV_PER_K * temperatureK);
  return [
    d0 * Math.exp(-e0 * beta),
    d1 === 0 ? 0 : d1 * Math.exp(-e1 * beta),
    d2 === 0 ? 0 : d2 * Math.exp(-e2 * beta),
  ];
}
