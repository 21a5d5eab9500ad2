import { requireWithin } from '../out-of-range.ts';

const STEFAN_BOLTZMANN_W_PER_CM2_K4 = 5.670374419e-12;
const SILICON_DENSITY_G_PER_CM3 = 2.33;

/** Beam power on the wafer in W: P = E I/n, E in keV per ion, I in mA electrical. Worked value: 40 keV, 5 mA → 200 W. */
export function beamPowerW(beam: { energyKeV: number; beamCurrentMa: number; chargeState: number }): number {
  requireWithin({ field: 'energyKeV', value: beam.energyKeV, min: 0, max: 1000, unit: 'keV' });
  requireWithin({ field: 'beamCurrentMa', value: beam.beamCurrentMa, min: 0, max: 100, unit: 'mA' });
  requireWithin({ field: 'chargeState', value: beam.chargeState, min: 1, max: 4, unit: '' });
  return (beam.energyKeV * beam.beamCurrentMa) / beam.chargeState;
}

/** Wafer on a cooled platen: size, heat transfer to the platen in W/(cm² K) and emissivity of both faces. */
export type CooledWafer = {
  diameterMm: number;
  thicknessUm: number;
  platenC: number;
  backsideWPerCm2K: number;
  emissivity: number;
};

/**
 * Heating rate in K/s of a wafer under the beam:
 * ρ c d dT/dt = P/A − h (T − T_p) − ε σ (T⁴ − T_p⁴), c = 711 + 255 (x − 1)/(x + 255/711) J/(kg K),
 * x = (T/300)^1.85. T in °C at the door, K inside. Source: Parry, J. Vac. Sci. Technol. 13 (1976) 622; c_p after
 * Okhotin et al. as in the thermal model. Holds for 0–1000 °C.
 * Worked value: 200 W on 300 mm × 775 µm at 25 °C → 2.2 K/s.
 */
export function heatingKPerS(wafer: CooledWafer, temperatureC: number, powerW: number): number {
  requireWithin({ field: 'temperatureC', value: temperatureC, min: 0, max: 1000, unit: '°C' });
  requireWithin({ field: 'powerW', value: powerW, min: 0, max: 1e5, unit: 'W' });
  const areaCm2 = (Math.PI * (wafer.diameterMm / 10) ** 2) / 4;
  const temperatureK = temperatureC + 273.15;
  const platenK = wafer.platenC + 273.15;
  const x = (temperatureK / 300) ** 1.85;
  const heatJPerGK = (711 + (255 * (x - 1)) / (x + 255 / 711)) / 1000;
  const fluxWPerCm2 =
    powerW / areaCm2 -
    wafer.backsideWPerCm2K * (temperatureC - wafer.platenC) -
    wafer.emissivity * STEFAN_BOLTZMANN_W_PER_CM2_K4 * (temperatureK ** 4 - platenK ** 4);
  return fluxWPerCm2 / (SILICON_DENSITY_G_PER_CM3 * heatJPerGK * wafer.thicknessUm * 1e-4);
}
