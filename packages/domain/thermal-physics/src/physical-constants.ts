/** Boltzmann constant in eV/K (CODATA 2018, exact by definition of the SI to the digits shown). */
export const BOLTZMANN_EV_PER_K = 8.617333262e-5;

/** Elementary charge in coulomb (SI, exact). */
export const ELEMENTARY_CHARGE_C = 1.602176634e-19;

/** Stefan-Boltzmann constant in W/(cm2 K4) (CODATA 2018). */
export const STEFAN_BOLTZMANN_W_PER_CM2_K4 = 5.670374419e-12;

/** Second radiation constant h c / k in µm K (the value the pyrometry equations use). */
export const SECOND_RADIATION_UM_K = 14388;

/** Offset between degrees Celsius and kelvin. */
export const CELSIUS_OFFSET_K = 273.15;

/** Melting point of silicon in kelvin: the upper end of every solid-silicon property here. */
export const SILICON_MELTING_K = 1687;

/** Density of silicon in kg/m3 (2.33 g/cm3). */
export const SILICON_DENSITY_KG_PER_M3 = 2330;
