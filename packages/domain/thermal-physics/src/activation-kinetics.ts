import { BOLTZMANN_EV_PER_K, SILICON_MELTING_K } from './physical-constants.ts';
import { requireInRange } from './require-in-range.ts';

/**
 * Share of the equilibrium-active dopant that has reached lattice sites, after a time at a temperature.
 *
 * f' = 1 - (1 - f) e^(-dt/tau), tau = 26 s e^(5 eV/k (1/T - 1/1173.15 K))
 *
 * f: activated share (0 after a non-amorphising implant, 1 at equilibrium); tau: time constant (s), Arrhenius with
 * the 5 eV of silicon self-diffusion that limits the step. Source: activation energy 5 eV, Seidel & MacRae,
 * Radiat. Eff. 7 (1971) 1 (implanted boron); the time constant is set so that 30 min at 800 degC activates about
 * half of a 1e15 boron dose, as in their isochronal curve. The limit is `activeConcentrationPerCm3`.
 * Range: share 0-1, 773-1687 K, dt 0-1e9 s. Worked value: from 0, 26 s at 900 degC: 0.63212.
 */
export function activatedShare(share: number, temperatureK: number, dtS: number): number {
  requireInRange('share', share, 0, 1);
  requireInRange('temperatureK', temperatureK, 773.15, SILICON_MELTING_K);
  requireInRange('dtS', dtS, 0, 1e9);
  return 1 - (1 - share) * Math.exp(-dtS / activationTimeS(temperatureK));
}

/** Time constant of activation in seconds, without a range check: tau of `activatedShare`. */
export function activationTimeS(temperatureK: number): number {
  return 26 * Math.exp((5 / BOLTZMANN_EV_PER_K) * (1 / temperatureK - 1 / 1173.15));
}
