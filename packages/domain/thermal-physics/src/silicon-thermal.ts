import { SILICON_MELTING_K } from './physical-constants.ts';
import { requireInRange } from './require-in-range.ts';

/** Lowest temperature, in kelvin, for which the silicon property formulas are claimed to hold. */
const SILICON_TEMPERATURE_MIN_K = 250;

/**
 * Specific heat of silicon, J/(kg K).
 *
 * c_p(T) = 711 + 255 (x - 1) / (x + 255/711), x = (T/300)^1.85
 *
 * T: temperature (K). Source: the power-law fit of Selberherr's school to the data of Hull,
 * "Properties of Crystalline Silicon" (INSPEC 1999), as used in device simulators (Palankovski & Quay,
 * "Analysis and Simulation of Heterostructure Devices", 2004, eq. 3.130).
 * Range: 250 K to the melting point. Worked value: c_p(1000 K) = 930.05 J/(kg K).
 */
export function siliconSpecificHeatJPerKgK(temperatureK: number): number {
  requireInRange('temperatureK', temperatureK, SILICON_TEMPERATURE_MIN_K, SILICON_MELTING_K);
  return specificHeatUnchecked(temperatureK);
}

/**
 * Thermal conductivity of silicon, W/(cm K).
 *
 * k(T) = 1.5 (T/300)^(-4/3)
 *
 * T: temperature (K). Source: Selberherr, "Analysis and Simulation of Semiconductor Devices" (1984),
 * sect. 4.3, fit to Glassbrenner & Slack, Phys. Rev. 134 (1964) A1058.
 * Range: 250 K to the melting point. Worked value: k(1200 K) = 0.23623 W/(cm K).
 */
export function siliconConductivityWPerCmK(temperatureK: number): number {
  requireInRange('temperatureK', temperatureK, SILICON_TEMPERATURE_MIN_K, SILICON_MELTING_K);
  return conductivityUnchecked(temperatureK);
}

/**
 * Total hemispherical emissivity of a lightly doped silicon wafer (dimensionless).
 *
 * eps(T) = eps_low + (eps_opaque - eps_low) / (1 + exp(-(T - T_m) / w))
 *
 * T: temperature (K); eps_low = 0.10 semi-transparent limit; eps_opaque = opaque limit (default 0.69);
 * T_m = 690 K and w = 45 K place the free-carrier onset so that the wafer is opaque above about 600 degC.
 * Source: shape and limits after Sato, Jpn. J. Appl. Phys. 6 (1967) 339 and Ravindra et al., IEEE Trans.
 * Semicond. Manuf. 11 (1998) 30 (opaque value 0.68-0.70); the logistic is this package's own smooth fit.
 * Range: 250 K to the melting point, eps_opaque 0.10-1.
 * Worked value: eps(873.15 K) = 0.6801 with the default limit.
 */
export function siliconEmissivity(temperatureK: number, opaqueEmissivity = OPAQUE_EMISSIVITY): number {
  requireInRange('temperatureK', temperatureK, SILICON_TEMPERATURE_MIN_K, SILICON_MELTING_K);
  requireInRange('opaqueEmissivity', opaqueEmissivity, EMISSIVITY_LOW, 1);
  return emissivityUnchecked(temperatureK, opaqueEmissivity);
}

/**
 * Fraction of tungsten-halogen lamp light that a silicon wafer absorbs (dimensionless).
 *
 * alpha(T) = 0.45 + (0.69 - 0.45) / (1 + exp(-(T - T_m) / w)), T_m = 690 K, w = 45 K
 *
 * T: wafer temperature (K). A filament near 3000 K sends much of its light below the 1.1 µm band edge,
 * which cold silicon absorbs; the rest is absorbed once free carriers make the wafer opaque.
 * Source: Roozeboom (ed.), "Advances in Rapid Thermal and Integrated Processing" (1996), ch. 1 (lamp spectrum
 * against silicon absorption); the numbers are this package's design values.
 * Range: 250 K to the melting point. Worked value: alpha(300 K) = 0.45004.
 */
export function lampAbsorptivity(temperatureK: number): number {
  requireInRange('temperatureK', temperatureK, SILICON_TEMPERATURE_MIN_K, SILICON_MELTING_K);
  return absorptivityUnchecked(temperatureK);
}

/** Opaque-limit emissivity of bare silicon used when a caller gives none. */
export const OPAQUE_EMISSIVITY = 0.69;

/** Semi-transparent low-temperature limit of the emissivity. */
export const EMISSIVITY_LOW = 0.1;

const ABSORPTIVITY_COLD = 0.45;
const ABSORPTIVITY_HOT = 0.69;
const OPACITY_MIDPOINT_K = 690;
const OPACITY_WIDTH_K = 45;

/** Specific heat without the range check: the plant calls it inside its integrator. */
export function specificHeatUnchecked(temperatureK: number): number {
  const x = (temperatureK / 300) ** 1.85;
  return 711 + (255 * (x - 1)) / (x + 255 / 711);
}

/** Conductivity without the range check: the plant calls it inside its integrator. */
export function conductivityUnchecked(temperatureK: number): number {
  return 1.5 / Math.cbrt((temperatureK / 300) ** 4);
}

/** Emissivity without the range check: the plant calls it inside its integrator. */
export function emissivityUnchecked(temperatureK: number, opaqueEmissivity: number): number {
  return EMISSIVITY_LOW + (opaqueEmissivity - EMISSIVITY_LOW) * opacity(temperatureK);
}

/** Lamp absorptivity without the range check: the plant calls it inside its integrator. */
export function absorptivityUnchecked(temperatureK: number): number {
  return ABSORPTIVITY_COLD + (ABSORPTIVITY_HOT - ABSORPTIVITY_COLD) * opacity(temperatureK);
}

function opacity(temperatureK: number): number {
  return 1 / (1 + Math.exp(-(temperatureK - OPACITY_MIDPOINT_K) / OPACITY_WIDTH_K));
}
