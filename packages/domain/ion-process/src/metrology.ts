import type { MeasuredParameter } from '@spectra/schemas';

/** What is measured of an implanted wafer. Sheet resistance and junction are those after the usual activation anneal. */
export const ionMetrology: readonly MeasuredParameter[] = [
  {
    parameter: 'dose_atoms_cm2',
    title: 'Dose on the wafer',
    unit: 'atoms/cm²',
    minimum: 1e10,
    maximum: 1e17,
  },
  {
    parameter: 'projected_range_nm',
    title: 'Mean depth of the profile',
    unit: 'nm',
    minimum: 0.5,
    maximum: 2000,
  },
  {
    parameter: 'sheet_resistance_ohm_sq',
    title: 'Sheet resistance',
    unit: 'Ω/sq',
    minimum: 1,
    maximum: 1e6,
  },
  { parameter: 'junction_depth_um', title: 'Junction depth', unit: 'µm', minimum: 0.002, maximum: 5 },
  { parameter: 'activation_pct', title: 'Electrically active share', unit: '%', minimum: 0, maximum: 100 },
];
