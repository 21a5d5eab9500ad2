import type { DopantSpecies } from './dopant-species.ts';
import { requireInRange } from './require-in-range.ts';

/**
 * Majority-carrier mobility in doped silicon at 300 K, cm2/(V s).
 *
 * mu = mu_0 e^(-p_c/N) + (mu_max - m)/(1 + (N/C_r)^alpha) - mu_1/(1 + (C_s/N)^beta); m = mu_0, or 0 for boron
 *
 * N: active dopant concentration (1/cm3); constants per dopant in `MOBILITY`. Antimony takes the phosphorus
 * values and indium the boron values (no own fit published).
 * Source: Masetti, Severi & Solmi, IEEE Trans. ED-30 (1983) 764, table I. Range: N 0-1e22.
 * Worked values: boron 1e19: 73.17; phosphorus 1e20: 73.23 cm2/(V s).
 */
export function masettiMobilityCm2PerVS(species: DopantSpecies, activePerCm3: number): number {
  requireInRange('activePerCm3', activePerCm3, 0, 1e22);
  return mobilityUnchecked(species, activePerCm3);
}

type MobilityFit = {
  mu0: number;
  muMax: number;
  mu1: number;
  cr: number;
  cs: number;
  alpha: number;
  beta: number;
  pc: number;
};

const PHOSPHORUS: MobilityFit = {
  mu0: 68.5,
  muMax: 1414,
  mu1: 56.1,
  cr: 9.2e16,
  cs: 3.41e20,
  alpha: 0.711,
  beta: 1.98,
  pc: 0,
};
const BORON: MobilityFit = {
  mu0: 44.9,
  muMax: 470.5,
  mu1: 29,
  cr: 2.23e17,
  cs: 6.1e20,
  alpha: 0.719,
  beta: 2,
  pc: 9.23e16,
};
const MOBILITY: Record<DopantSpecies, MobilityFit> = {
  As: { mu0: 52.2, muMax: 1417, mu1: 43.4, cr: 9.68e16, cs: 3.43e20, alpha: 0.68, beta: 2, pc: 0 },
  P: PHOSPHORUS,
  Sb: PHOSPHORUS,
  B: BORON,
  In: BORON,
};

/** Mobility without the range check: the sheet-resistance integral calls it at every node. */
export function mobilityUnchecked(species: DopantSpecies, activePerCm3: number): number {
  const fit = MOBILITY[species];
  const n = Math.max(activePerCm3, 1);
  const lattice = fit.pc === 0 ? fit.mu0 : fit.mu0 * Math.exp(-fit.pc / n);
  const span = fit.pc === 0 ? fit.muMax - fit.mu0 : fit.muMax;
  return lattice + span / (1 + (n / fit.cr) ** fit.alpha) - fit.mu1 / (1 + (fit.cs / n) ** fit.beta);
}
