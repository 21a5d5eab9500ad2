/** Coulomb energy e²/4πε₀ in eV·nm (CODATA, rounded as in Ziegler, Biersack & Littmark 1985). */
export const COULOMB_EV_NM = 1.43996;

/** Bohr radius a₀ in nm. */
export const BOHR_RADIUS_NM = 0.0529177;

/** Elementary charge in C (SI 2019, exact). */
export const ELEMENTARY_CHARGE_C = 1.602176634e-19;

/** Atomic mass unit in kg (CODATA 2018). */
export const ATOMIC_MASS_KG = 1.6605390666e-27;

/** Number density of silicon at 2.33 g/cm³ in atoms/cm³. */
export const SILICON_ATOMS_PER_CM3 = 4.994e22;

/** Edge of the cubic silicon cell in nm. */
export const SILICON_LATTICE_NM = 0.5431;

/** Energy that displaces a silicon atom from its site, in eV. */
export const SILICON_DISPLACEMENT_EV = 15;

/** Defect density above which silicon counts as amorphous, in 1/cm³. */
export const AMORPHOUS_DEFECTS_PER_CM3 = 2.7e22;
