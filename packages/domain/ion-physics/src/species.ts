/** What a recipe can name as the implanted species. */
export type Species = 'B' | 'P' | 'As' | 'BF2' | 'In' | 'Sb';

/** An atom that moves through the target. Fluorine only comes along with BF2. */
export type Ion = 'B' | 'F' | 'P' | 'As' | 'In' | 'Sb';

/** All species in the order of their atomic number; BF2 last. */
export const SPECIES: readonly Species[] = ['B', 'P', 'As', 'In', 'Sb', 'BF2'];

/** Atomic number Z and mass in u of an atom. */
export type Atom = { atomicNumber: number; massU: number };

/** Ions by their implanted isotope (the most abundant one). */
export const IONS: Readonly<Record<Ion, Atom>> = {
  B: { atomicNumber: 5, massU: 11.009 },
  F: { atomicNumber: 9, massU: 18.998 },
  P: { atomicNumber: 15, massU: 30.974 },
  As: { atomicNumber: 33, massU: 74.922 },
  In: { atomicNumber: 49, massU: 114.904 },
  Sb: { atomicNumber: 51, massU: 120.904 },
};

/** The dopant atom that a species leaves in the wafer. */
export function dopantOf(species: Species): Ion {
  return species === 'BF2' ? 'B' : species;
}

/**
 * Mass in u of the charged particle that the magnet and the accelerator see: the isotope, or the molecule BF2.
 * Worked value: `beamMassU('BF2')` = 49.005.
 */
export function beamMassU(species: Species): number {
  return species === 'BF2' ? IONS.B.massU + 2 * IONS.F.massU : IONS[species].massU;
}

/**
 * Energy in keV of the dopant atom after the molecule breaks up at the surface: every atom keeps the
 * molecule's velocity, so boron in BF2 carries 11/49 of the energy. Worked value: BF2 at 49 keV → 11 keV.
 */
export function dopantEnergyKeV(species: Species, energyKeV: number): number {
  return species === 'BF2' ? (energyKeV * 11) / 49 : energyKeV;
}

/** Energy in keV of each of the two fluorine atoms of BF2: 19/49 of the molecule's. */
export function fluorineEnergyKeV(energyKeV: number): number {
  return (energyKeV * 19) / 49;
}
