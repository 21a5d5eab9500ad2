import type { DopantSpecies } from './dopant-species.ts';
import { BOLTZMANN_EV_PER_K, SILICON_MELTING_K } from './physical-constants.ts';
import { requireInRange } from './require-in-range.ts';

/** Interstitials left over from the implant: how many, and how far they must go to reach the surface. */
export type DamageState = { excessPerCm2: number; depthCm: number };

/**
 * Damage right after an implant: the "+1" model, one excess interstitial per implanted ion, at the depth of the
 * profile's mean.
 *
 * Q_0 = min(dose, 1e14 1/cm2); depth = mean depth. Above about 1e14 the excess collapses into loops or is
 * amorphised, and the enhancement saturates. Sources: Giles, J. Electrochem. Soc. 138 (1991) 1160; saturation
 * Packan & Plummer, Appl. Phys. Lett. 56 (1990) 1787. Range: dose 1e9-1e18 1/cm2, depth 0.1 nm-20 µm.
 * Worked value: dose 1e14 at 100 nm: 1e14 1/cm2, 1e-5 cm.
 */
export function implantDamage(dosePerCm2: number, meanDepthNm: number): DamageState {
  requireInRange('dosePerCm2', dosePerCm2, 1e9, 1e18);
  requireInRange('meanDepthNm', meanDepthNm, 0.1, 20_000);
  return { excessPerCm2: Math.min(dosePerCm2, EXCESS_MAX_PER_CM2), depthCm: meanDepthNm * 1e-7 };
}

/**
 * Damage left after a time, and the mean factor by which it speeds up diffusion meanwhile.
 *
 * Q' = Q e^(-dt/tau), tau = 15 s e^(3.8 eV/k (1/T - 1/1088 K));  S = (Q - Q') R / (D_I C_I* dt);  factor = 1 + f S
 *
 * Q: excess interstitials in {311} clusters (1/cm2); tau: their lifetime (s); R: distance to the surface, the sink
 * (cm); D_I C_I* = 1.49e26 e^(-4.95 eV/kT) 1/(cm s): interstitial self-diffusion product; S: supersaturation,
 * from the steady flux D_I C_I* S / R that carries the released interstitials away; f: share of diffusion
 * through interstitials (B 0.94, P 0.96, As 0.4, In 0.96, Sb 0.02).
 * Sources: lifetime Eaglesham, Stolk, Gossmann & Poate, Appl. Phys. Lett. 65 (1994) 2305 and Stolk et al., J.
 * Appl. Phys. 81 (1997) 6031; flux balance Rafferty et al., Appl. Phys. Lett. 68 (1996) 2395; D_I C_I* Bracht,
 * Stolwijk & Mehrer, Phys. Rev. B 52 (1995) 16542; f Fahey, Griffin & Plummer, Rev. Mod. Phys. 61 (1989) 289.
 * Range: 773-1687 K. Worked value: Q 1e14, R 100 nm, boron at 1000 degC, dt 1 s: factor 249 within 2 %.
 */
export function annealDamage(
  damage: DamageState,
  species: DopantSpecies,
  temperatureK: number,
  dtS: number,
): { damage: DamageState; enhancement: number } {
  requireInRange('temperatureK', temperatureK, 773.15, SILICON_MELTING_K);
  requireInRange('dtS', dtS, 1e-12, 1e9);
  const tauS = 15 * Math.exp((3.8 / BOLTZMANN_EV_PER_K) * (1 / temperatureK - 1 / 1088));
  const left = damage.excessPerCm2 * Math.exp(-dtS / tauS);
  const flux = (damage.excessPerCm2 - left) / dtS;
  const selfDiffusion = 1.49e26 * Math.exp(-4.95 / (BOLTZMANN_EV_PER_K * temperatureK));
  const supersaturation = (flux * damage.depthCm) / selfDiffusion;
  return {
    damage: { excessPerCm2: left, depthCm: damage.depthCm },
    enhancement: 1 + INTERSTITIAL_SHARE[species] * supersaturation,
  };
}

/** Dose beyond which more implant damage no longer means more free interstitials. */
const EXCESS_MAX_PER_CM2 = 1e14;

const INTERSTITIAL_SHARE: Record<DopantSpecies, number> = { B: 0.94, P: 0.96, As: 0.4, In: 0.96, Sb: 0.02 };
