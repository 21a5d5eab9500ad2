import { intrinsicCarrierDensityPerCm3 } from './diffusivity.ts';
import type { DopantSpecies } from './dopant-species.ts';
import { BOLTZMANN_EV_PER_K, SILICON_MELTING_K } from './physical-constants.ts';
import { requireInRange } from './require-in-range.ts';
import { solubilityUnchecked } from './solid-solubility.ts';

/**
 * Electrically active concentration of a dopant in thermal equilibrium, 1/cm3.
 *
 * C_u = C / (1 + (K n)^2);  C_a = C_u below S, else S (1 + 0.1 ln(10 C_u/S - 9))
 *
 * C: total concentration (1/cm3); K = 3.067e-22 e^(0.165/kT) cm3 for arsenic (clustering), 0 for the others;
 * n = (C_a + sqrt(C_a^2 + 4 n_i^2))/2: electrons (1/cm3); S: `solidSolubilityPerCm3`. Above S the active part
 * creeps up with the logarithm of the excess instead of stopping dead, as the process simulator behind the
 * reference profiles does (recovered from its arsenic and antimony rows to 0.02 %).
 * Sources: clustering Fair & Weber, J. Appl. Phys. 44 (1973) 273; solubilities see `solidSolubilityPerCm3`.
 * Range: C 0-5e22, 773-1687 K. Worked values at 1000 degC: Sb 2.584e20 gives 5.607e19; As 5.2029e20 gives 2.680e20.
 */
export function activeConcentrationPerCm3(
  species: DopantSpecies,
  totalPerCm3: number,
  temperatureK: number,
): number {
  requireInRange('totalPerCm3', totalPerCm3, 0, 5e22);
  requireInRange('temperatureK', temperatureK, 773.15, SILICON_MELTING_K);
  return activeUnchecked(activationLaw(species, temperatureK), totalPerCm3, totalPerCm3);
}

/** The activation law of a species at one temperature, ready for many concentrations. */
export type ActivationLaw = { solubility: number; clusterCm3: number; intrinsic: number };

/** Evaluates the temperature-dependent constants of the activation law. */
export function activationLaw(species: DopantSpecies, temperatureK: number): ActivationLaw {
  return {
    solubility: solubilityUnchecked(species, temperatureK),
    clusterCm3: species === 'As' ? 3.067e-22 * Math.exp(0.165 / (BOLTZMANN_EV_PER_K * temperatureK)) : 0,
    intrinsic: intrinsicCarrierDensityPerCm3(temperatureK),
  };
}

/** Active concentration for a total one, by Newton's method from a guess where clustering makes it implicit. */
export function activeUnchecked(law: ActivationLaw, totalPerCm3: number, guessPerCm3: number): number {
  if (totalPerCm3 <= 0) return Math.max(totalPerCm3, 0);
  if (law.clusterCm3 === 0) return limited(law, totalPerCm3);
  let active = Math.min(guessPerCm3, totalPerCm3, limited(law, totalPerCm3));
  if (active <= 0) active = totalPerCm3;
  for (let iteration = 0; iteration < 50; iteration += 1) {
    const change = (totalFor(law, active) - totalPerCm3) / totalSlope(law, active);
    const next = Math.max(active - change, 0.2 * active);
    const done = Math.abs(next - active) < 1e-10 * active;
    active = next;
    if (done) break;
  }
  return active;
}

/** dC_a/dC, the derivative of the active by the total concentration (dimensionless, positive). */
export function activeSlope(law: ActivationLaw, totalPerCm3: number, activePerCm3: number): number {
  if (law.clusterCm3 !== 0) return 1 / totalSlope(law, activePerCm3);
  const excess = totalPerCm3 / law.solubility;
  return excess <= 1 ? 1 : 1 / (10 * excess - 9);
}

function limited(law: ActivationLaw, unclustered: number): number {
  const excess = unclustered / law.solubility;
  return excess <= 1 ? unclustered : law.solubility * (1 + 0.1 * Math.log(10 * excess - 9));
}

/** Total concentration in equilibrium with an active one: the law solved the easy way round. */
function totalFor(law: ActivationLaw, active: number): number {
  const clustered = (law.clusterCm3 * electrons(law, active)) ** 2;
  return unlimited(law, active) * (1 + clustered);
}

function totalSlope(law: ActivationLaw, active: number): number {
  const n = electrons(law, active);
  const root = Math.sqrt(active * active + 4 * law.intrinsic * law.intrinsic);
  const nSlope = n / root;
  const k2 = law.clusterCm3 * law.clusterCm3;
  const ratio = active / law.solubility;
  const slope = ratio <= 1 ? 1 : Math.exp(10 * (ratio - 1));
  return slope * (1 + k2 * n * n) + unlimited(law, active) * 2 * k2 * n * nSlope;
}

function unlimited(law: ActivationLaw, active: number): number {
  const ratio = active / law.solubility;
  return ratio <= 1 ? active : law.solubility * (0.9 + 0.1 * Math.exp(10 * (ratio - 1)));
}

function electrons(law: ActivationLaw, active: number): number {
  return (active + Math.sqrt(active * active + 4 * law.intrinsic * law.intrinsic)) / 2;
}
