import { requireWithin } from '../out-of-range.ts';

/**
 * Share of the beam that a cup still sees as charged behind residual gas, I_meas/I₀ = exp(−K P).
 * K: recipe constant in 1/Torr, P: pressure in Torr. Neutralised ions implant but are not counted.
 * Source: Current et al., *Ion Implantation Science and Technology* (Ziegler, ed., 2006), dosimetry chapter.
 * Holds for 0 ≤ P ≤ 10⁻³ Torr, 0 ≤ K ≤ 10⁵ /Torr. Worked value: K = 1000 /Torr, P = 10⁻⁴ Torr → 0.9048.
 */
export function chargedFraction(gas: { constantPerTorr: number; pressureTorr: number }): number {
  const { constantPerTorr, pressureTorr } = gas;
  requireWithin({ field: 'constantPerTorr', value: constantPerTorr, min: 0, max: 1e5, unit: '/Torr' });
  requireWithin({ field: 'pressureTorr', value: pressureTorr, min: 0, max: 1e-3, unit: 'Torr' });
  return Math.exp(-constantPerTorr * pressureTorr);
}

/**
 * Current that would be measured in vacuum, I₀ = I_meas e^(K P): what dosimetry has to integrate, or it overdoses
 * by e^(K P). Units, source and range as {@link chargedFraction}.
 * Worked value: 9.048 mA, K = 1000 /Torr, P = 10⁻⁴ Torr → 10.00 mA.
 */
export function chargeExchangeCorrection(measured: {
  currentMa: number;
  constantPerTorr: number;
  pressureTorr: number;
}): number {
  requireWithin({ field: 'currentMa', value: measured.currentMa, min: 0, max: 100, unit: 'mA' });
  return measured.currentMa / chargedFraction(measured);
}
