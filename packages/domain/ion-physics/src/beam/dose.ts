import { ELEMENTARY_CHARGE_C } from '../constants.ts';
import { requireWithin } from '../out-of-range.ts';

/** Area of a round wafer in cm². Worked value: 300 mm → 706.86 cm². */
export function waferAreaCm2(diameterMm: number): number {
  requireWithin({ field: 'diameterMm', value: diameterMm, min: 10, max: 500, unit: 'mm' });
  return (Math.PI * (diameterMm / 10) ** 2) / 4;
}

/**
 * Dose from the collected charge, Φ = Q/(n e A) in 1/cm²; Q = ∫ I dt in C, n: charge state, A in cm².
 * Source: Ryssel & Ruge, *Ion Implantation* (1986), ch. 5. Holds for Q ≥ 0.
 * Worked value: 0.11325 C, n = 1, 706.86 cm² → 1.000·10¹⁵ /cm².
 */
export function doseFromCharge(collected: { chargeC: number; chargeState: number; areaCm2: number }): number {
  const { chargeC, chargeState, areaCm2 } = collected;
  requireWithin({ field: 'chargeC', value: chargeC, min: 0, max: 1e6, unit: 'C' });
  requireWithin({ field: 'chargeState', value: chargeState, min: 1, max: 4, unit: '' });
  requireWithin({ field: 'areaCm2', value: areaCm2, min: 0.01, max: 10_000, unit: 'cm²' });
  return chargeC / (chargeState * ELEMENTARY_CHARGE_C * areaCm2);
}

/**
 * Beam time in s that a dose needs, t = Φ n e A/I; Φ in 1/cm², A in cm², I in mA (the electrical current).
 * Source: as above. Holds for 10¹⁰–10¹⁸ /cm² and currents of 1 nA to 100 mA.
 * Worked value: 10¹⁵ /cm² at 10 mA on 300 mm → 11.3 s.
 */
export function beamTimeS(implant: {
  dosePerCm2: number;
  beamCurrentMa: number;
  areaCm2: number;
  chargeState: number;
}): number {
  const { dosePerCm2, beamCurrentMa, areaCm2, chargeState } = implant;
  requireWithin({ field: 'dosePerCm2', value: dosePerCm2, min: 1e10, max: 1e18, unit: '/cm²' });
  requireWithin({ field: 'beamCurrentMa', value: beamCurrentMa, min: 1e-6, max: 100, unit: 'mA' });
  requireWithin({ field: 'areaCm2', value: areaCm2, min: 0.01, max: 10_000, unit: 'cm²' });
  requireWithin({ field: 'chargeState', value: chargeState, min: 1, max: 4, unit: '' });
  return (dosePerCm2 * chargeState * ELEMENTARY_CHARGE_C * areaCm2) / (beamCurrentMa * 1e-3);
}
