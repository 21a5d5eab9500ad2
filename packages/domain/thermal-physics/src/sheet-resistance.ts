import { mobilityUnchecked } from './carrier-mobility.ts';
import type { DopantSpecies } from './dopant-species.ts';
import { ELEMENTARY_CHARGE_C } from './physical-constants.ts';
import { requireInRange, requireNumbers } from './require-in-range.ts';

/**
 * Sheet resistance of an active dopant profile, ohm per square.
 *
 * R_s = 1 / (q integral of N mu(N) dx)
 *
 * N: active concentration (1/cm3); mu: `masettiMobilityCm2PerVS`; x: depth; q: elementary charge (C). By the
 * trapezoid rule over the whole profile; parts below `backgroundPerCm3` belong to the substrate and are left out.
 * Source: Sze & Ng, "Physics of Semiconductor Devices", 3rd ed., sect. 1.5; mobility Masetti et al. (1983).
 * Range: 2-100 000 depths, increasing; concentrations 0-1e22. A profile without carriers has infinite resistance.
 * Worked value: 100 nm of boron at 1e19: 853.1 ohm/sq.
 */
export function sheetResistanceOhmSq(input: {
  species: DopantSpecies;
  depthNm: readonly number[];
  activePerCm3: readonly number[];
  backgroundPerCm3?: number;
}): number {
  const { species, depthNm, activePerCm3, backgroundPerCm3 = 0 } = input;
  requireDepths(depthNm, activePerCm3, 'activePerCm3');
  requireInRange('backgroundPerCm3', backgroundPerCm3, 0, 1e21);
  let sum = 0;
  let previous = 0;
  for (let i = 0; i < depthNm.length; i += 1) {
    const active = activePerCm3[i] ?? 0;
    requireInRange('activePerCm3', active, 0, 1e22);
    const here = active > backgroundPerCm3 ? active * mobilityUnchecked(species, active) : 0;
    if (i > 0) sum += ((here + previous) / 2) * ((depthNm[i] ?? 0) - (depthNm[i - 1] ?? 0)) * 1e-7;
    previous = here;
  }
  return 1 / (ELEMENTARY_CHARGE_C * sum);
}

/** Throws a RangeError unless depths increase strictly and pair with finite values. */
export function requireDepths(depthNm: readonly number[], values: readonly number[], field: string): void {
  requireInRange('depthNm.length', depthNm.length, 2, 100_000);
  requireNumbers('depthNm', depthNm, depthNm.length);
  requireNumbers(field, values, depthNm.length);
  for (let i = 1; i < depthNm.length; i += 1) {
    if (!((depthNm[i] ?? 0) > (depthNm[i - 1] ?? 0))) {
      throw new RangeError(`depthNm is ${depthNm[i]} after ${depthNm[i - 1]}; depths must strictly increase`);
    }
  }
}
