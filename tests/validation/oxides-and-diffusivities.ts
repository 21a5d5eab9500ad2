import {
  type DopantSpecies,
  diffusivityCm2PerS,
  dryOxideThicknessNm,
  intrinsicCarrierDensityPerCm3,
  wetOxideThicknessNm,
} from '@spectra/thermal-physics';
import { type CheckedRow, relativeCheck } from './check.ts';
import { numberIn, readReferenceTable } from './reference-table.ts';

/** Native oxide that is there before any growth. */
const NATIVE_NM = 1;

/** Oxide thicknesses against the reference table. */
export function oxides(): CheckedRow[] {
  return readReferenceTable('thermal-physics', 'oxidation.csv').map((row) => {
    const wet = row['ambient'] === 'weto2';
    const orientation = row['orient'] === '111' ? '111' : '100';
    const value = oxideNm({
      wet,
      orientation,
      celsius: numberIn(row, 'temp_C'),
      timeMin: numberIn(row, 'time_min'),
    });
    const reference = 1000 * numberIn(row, 'suprem_thickness_um');
    return {
      label: `${wet ? 'wet' : 'dry'} (${orientation}) ${row['temp_C']} °C ${row['time_min']} min`,
      checks: [relativeCheck({ quantity: 'oxide (nm)', reference, value, tolerance: 5 })],
    };
  });
}

/** Oxide after a hold at one temperature, from the native oxide. */
export function oxideNm(hold: {
  wet: boolean;
  orientation: '100' | '111';
  celsius: number;
  timeMin: number;
}): number {
  const temperatureK = hold.celsius + 273.15;
  const history = [
    { timeS: 0, temperatureK },
    { timeS: 60 * hold.timeMin, temperatureK },
  ];
  const grow = hold.wet ? wetOxideThicknessNm : dryOxideThicknessNm;
  return grow(history, NATIVE_NM, { orientation: hold.orientation });
}

/** Diffusivities and intrinsic carriers against the reference table. */
export function diffusivities(): CheckedRow[] {
  return readReferenceTable('thermal-physics', 'diffusivity.csv').map((row) => {
    const species = row['dopant'] as DopantSpecies;
    const temperatureK = numberIn(row, 'T_C') + 273.15;
    const ni = intrinsicCarrierDensityPerCm3(temperatureK);
    // The column is for doping of 1e20: carriers follow from charge neutrality.
    const carriers = (1e20 + Math.sqrt(1e40 + 4 * ni * ni)) / 2;
    const check = (quantity: string, column: string, value: number) =>
      relativeCheck({ quantity, reference: numberIn(row, column), value, tolerance: 1 });
    return {
      label: `${species} ${row['T_C']} °C`,
      checks: [
        check('n_i (1/cm³)', 'ni_cm-3_suprem', ni),
        check('D intrinsic (cm²/s)', 'Di_intrinsic_cm2_s', diffusivityCm2PerS(species, temperatureK)),
        check(
          'D at 10²⁰ (cm²/s)',
          'D_at_n_or_p=1e20',
          diffusivityCm2PerS(species, temperatureK, carriers / ni),
        ),
      ],
    };
  });
}
