import { SILICON_ATOMS_PER_CM3 } from './constants.ts';
import type { Atom } from './species.ts';

/** Materials a target can be built of. */
export type Material = 'SiO2' | 'Si3N4' | 'resist' | 'Si';

/** Atoms of a material with their share, and its density in atoms/cm³. */
export type Composition = { atomsPerCm3: number; atoms: readonly (Atom & { share: number })[] };

const HYDROGEN: Atom = { atomicNumber: 1, massU: 1.008 };
const CARBON: Atom = { atomicNumber: 6, massU: 12.011 };
const NITROGEN: Atom = { atomicNumber: 7, massU: 14.007 };
const OXYGEN: Atom = { atomicNumber: 8, massU: 15.999 };

/** Silicon with its mean mass: the lattice is of natural silicon. */
export const SILICON: Atom = { atomicNumber: 14, massU: 28.086 };

/**
 * Densities: SiO2 2.20 g/cm³ (thermal oxide), Si3N4 3.1 g/cm³ (LPCVD), resist 1.2 g/cm³ (novolak, C₈H₈O),
 * Si 2.33 g/cm³; atoms/cm³ = ρ N_A · atoms per formula / formula mass.
 */
export const MATERIALS: Readonly<Record<Material, Composition>> = {
  Si: { atomsPerCm3: SILICON_ATOMS_PER_CM3, atoms: [{ ...SILICON, share: 1 }] },
  SiO2: {
    atomsPerCm3: 6.615e22,
    atoms: [
      { ...SILICON, share: 1 / 3 },
      { ...OXYGEN, share: 2 / 3 },
    ],
  },
  Si3N4: {
    atomsPerCm3: 9.315e22,
    atoms: [
      { ...SILICON, share: 3 / 7 },
      { ...NITROGEN, share: 4 / 7 },
    ],
  },
  resist: {
    atomsPerCm3: 1.0224e23,
    atoms: [
      { ...CARBON, share: 8 / 17 },
      { ...HYDROGEN, share: 8 / 17 },
      { ...OXYGEN, share: 1 / 17 },
    ],
  },
};
