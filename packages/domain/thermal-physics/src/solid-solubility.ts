import type { DopantSpecies } from './dopant-species.ts';
import { BOLTZMANN_EV_PER_K, CELSIUS_OFFSET_K, SILICON_MELTING_K } from './physical-constants.ts';
import { requireInRange } from './require-in-range.ts';

/**
 * Electrically active solid solubility of a dopant in silicon, 1/cm3.
 *
 * B: C = 9.25e22 e^(-0.73/kT); others: linear in T between the measured points below; beyond the table the line
 * through its last two points goes on, but never below a tenth of its end point.
 *
 * T: temperature (K), kT in eV. Sources: B Armigliato et al., Semiconductor Silicon 1977, p. 638; P Nobili,
 * Armigliato, Finetti & Solmi, J. Appl. Phys. 53 (1982) 1484; As Nobili, Carabelas, Celotti & Solmi, J.
 * Electrochem. Soc. 130 (1983) 922; Sb Trumbore, Bell Syst. Tech. J. 39 (1960) 205; In Solmi et al., J. Appl.
 * Phys. 92 (2002) 1361 (order 1e18 at 900-1100 degC, two points). Range: 773-1687 K (measured 800-1250 degC).
 * Worked values: B 1000 degC 1.192e20; As 1000 degC 2.1413e20; P 950 degC 3.278e20.
 */
export function solidSolubilityPerCm3(species: DopantSpecies, temperatureK: number): number {
  requireInRange('temperatureK', temperatureK, 773.15, SILICON_MELTING_K);
  return solubilityUnchecked(species, temperatureK);
}

/** Solubility without the range check: the solver's inner loop, which also passes through cold parts. */
export function solubilityUnchecked(species: DopantSpecies, temperatureK: number): number {
  if (species === 'B') return 9.25e22 * Math.exp(-0.73 / (BOLTZMANN_EV_PER_K * temperatureK));
  const points = MEASURED[species];
  let upper = 1;
  while (upper < points.length - 1 && (points[upper]?.temperatureK ?? 0) < temperatureK) upper += 1;
  const a = points[upper - 1];
  const b = points[upper];
  if (a === undefined || b === undefined) throw new Error(`Solubility table of ${species} is too short`);
  const share = (temperatureK - a.temperatureK) / (b.temperatureK - a.temperatureK);
  return Math.max(0.1 * a.perCm3, a.perCm3 + share * (b.perCm3 - a.perCm3));
}

type SolubilityPoint = { temperatureK: number; perCm3: number };

function measured(...rows: readonly [number, number][]): SolubilityPoint[] {
  return rows.map(([celsius, perCm3]) => ({ temperatureK: celsius + CELSIUS_OFFSET_K, perCm3 }));
}

const MEASURED: Record<Exclude<DopantSpecies, 'B'>, readonly SolubilityPoint[]> = {
  P: measured([850, 2.7943e20], [900, 3.1585e20], [1000, 3.3981e20], [1100, 3.7943e20]),
  As: measured([800, 1.1585e20], [900, 1.631e20], [1000, 2.1413e20], [1200, 5e20]),
  Sb: measured([800, 2.3e19], [900, 3e19], [1000, 4e19], [1100, 4.8e19], [1250, 6.2e19]),
  In: measured([900, 1e18], [1100, 2e18]),
};
