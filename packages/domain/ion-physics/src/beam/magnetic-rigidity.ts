import { ATOMIC_MASS_KG, ELEMENTARY_CHARGE_C } from '../constants.ts';
import { requireWithin } from '../out-of-range.ts';

/**
 * Magnetic rigidity of the analysed beam in T·m: B r = √(2 m E)/q with E the energy at *extraction*; m in u, E in keV, q = chargeState · e.
 * Source: Rimini, *Ion Implantation: Basics to Device Fabrication* (1995), ch. 2. Holds for non-relativistic ions,
 * 0.1–1000 keV, 1–300 u. Worked values at 40 keV: ¹¹B 0.0955, ³¹P 0.1603, BF2 0.2016, ⁷⁵As 0.2492 T·m.
 */
export function magneticRigidityTm(beam: {
  massU: number;
  chargeState: number;
  extractionEnergyKeV: number;
}): number {
  const { massU, chargeState, extractionEnergyKeV } = beam;
  requireWithin({ field: 'massU', value: massU, min: 1, max: 300, unit: 'u' });
  requireWithin({ field: 'chargeState', value: chargeState, min: 1, max: 4, unit: '' });
  requireWithin({
    field: 'extractionEnergyKeV',
    value: extractionEnergyKeV,
    min: 0.1,
    max: 1000,
    unit: 'keV',
  });
  const energyJ = extractionEnergyKeV * 1000 * ELEMENTARY_CHARGE_C;
  return Math.sqrt(2 * massU * ATOMIC_MASS_KG * energyJ) / (chargeState * ELEMENTARY_CHARGE_C);
}
