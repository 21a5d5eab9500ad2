import { MATERIALS, type Material } from '../materials.ts';
import { IONS, type Ion } from '../species.ts';
import { electronicStopping } from './electronic-stopping.ts';
import { nuclearStoppingEvNm2 } from './nuclear-stopping.ts';

/** What an ion does on average while it slows down to rest in a material. */
export type SlowingDown = { pathNm: number; nuclearLossEv: number; electronicRangeNm: number };

const STEPS = 24;

/**
 * Continuous slowing down: path = ∫ dE/(N(S_n+S_e)), nuclear loss = ∫ S_n/(S_n+S_e) dE and the range of an
 * ion that meets no nuclei, ∫ dE/(N S_e), over ln E from E/2000 by the midpoint rule; compounds by Bragg's rule.
 * Lengths in nm, N in nm⁻³, S in eV nm². Holds for 0 < E ≤ 200 keV (the missing part below E/2000 is < 3 %).
 */
export function slowingDown(ion: Ion, material: Material, energyKeV: number): SlowingDown {
  const { atoms, atomsPerCm3 } = MATERIALS[material];
  const atomsPerNm3 = atomsPerCm3 * 1e-21;
  const stepLog = Math.log(2000) / STEPS;
  const total: SlowingDown = { pathNm: 0, nuclearLossEv: 0, electronicRangeNm: 0 };
  for (let i = 0; i < STEPS; i += 1) {
    const atKeV = energyKeV * Math.exp(-(i + 0.5) * stepLog);
    const stepEv = atKeV * 1000 * stepLog;
    let nuclear = 0;
    let electronic = 0;
    for (const atom of atoms) {
      nuclear += atom.share * nuclearStoppingEvNm2(IONS[ion], atom, atKeV);
      electronic += atom.share * electronicStopping(ion, atom, atKeV) * 0.1;
    }
    total.pathNm += stepEv / (atomsPerNm3 * (nuclear + electronic));
    total.nuclearLossEv += (stepEv * nuclear) / (nuclear + electronic);
    total.electronicRangeNm += stepEv / (atomsPerNm3 * electronic);
  }
  return total;
}
