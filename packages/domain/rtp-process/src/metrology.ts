import type { MeasuredParameter } from '@spectra/schemas';

/** What is measured of an annealed wafer. */
export const rtpMetrology: readonly MeasuredParameter[] = [
  {
    parameter: 'sheet_resistance_ohm_sq',
    title: 'Sheet resistance',
    unit: 'Ω/sq',
    minimum: 1,
    maximum: 1e6,
  },
  { parameter: 'junction_depth_um', title: 'Junction depth', unit: 'µm', minimum: 0.002, maximum: 5 },
  { parameter: 'oxide_thickness_nm', title: 'Oxide thickness', unit: 'nm', minimum: 0.2, maximum: 500 },
  { parameter: 'activation_pct', title: 'Electrically active share', unit: '%', minimum: 0, maximum: 100 },
  { parameter: 'diffusion_depth_um', title: 'Depth of diffusion', unit: 'µm', minimum: 0, maximum: 5 },
  {
    parameter: 'soak_temperature_c',
    title: 'Temperature of the hold, by an instrumented wafer',
    unit: '°C',
    minimum: 200,
    maximum: 1300,
  },
];
